import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLineFile } from './lineFile.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-lines-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('stands under its name when it is whole', async () => {
  const path = join(folder, 'deep', 'lines.jsonl');
  const file = await createLineFile(path);
  for (let row = 0; row < 20_000; row++) await file.write({ row, text: 'zwölf Zeichen' });
  expect(await readdir(join(folder, 'deep'))).not.toContain('lines.jsonl');
  await file.commit();
  await file.discard();
  expect(await readdir(join(folder, 'deep'))).toEqual(['lines.jsonl']);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(20_000);
  expect(JSON.parse(lines[19_999])).toEqual({ row: 19_999, text: 'zwölf Zeichen' });
});

it('leaves nothing behind when it is given up', async () => {
  const file = await createLineFile(join(folder, 'lines.jsonl'));
  await file.write({ row: 1 });
  await file.discard();
  expect(await readdir(folder)).toEqual([]);
});

it('leaves nothing behind when it cannot get its name', async () => {
  const path = join(folder, 'lines.jsonl');
  await mkdir(path);
  const file = await createLineFile(path);
  await file.write({ row: 1 });
  await expect(file.commit()).rejects.toThrow('EISDIR');
  await file.discard();
  expect(await readdir(folder)).toEqual(['lines.jsonl']);
});
