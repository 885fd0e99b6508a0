import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clearRunMark, takeRunMark } from './runMark.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-mark-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const markOf = (pid: number): string => JSON.stringify({ pid, host: hostname() });
/** No process has such a number: Linux ends at 4,194,304. */
const dead = markOf(2 ** 30);

it('is put there where there is none, or one of a killed process or a kill while it was written', async () => {
  const path = join(folder, 'running.json');
  for (const left of [null, dead, '', markOf(process.pid)]) {
    await rm(path, { force: true });
    if (left !== null) await writeFile(path, left);
    expect(await takeRunMark(path), String(left)).toBe(null);
    expect(await readFile(path, 'utf8')).toBe(markOf(process.pid));
  }
});

it('names the living process that holds it, and leaves its mark', async () => {
  const path = join(folder, 'held.json');
  await writeFile(path, markOf(process.ppid));
  expect(await takeRunMark(path)).toBe(process.ppid);
  expect(await readFile(path, 'utf8')).toBe(markOf(process.ppid));
});

it('stays when it has become another one since it was seen to be stale', async () => {
  const path = join(folder, 'faster.json');
  const faster = markOf(process.ppid);
  await writeFile(path, faster);
  await clearRunMark(path, dead);
  expect(await readFile(path, 'utf8')).toBe(faster);
  await clearRunMark(path, faster);
  await clearRunMark(path, faster);
  expect((await readdir(folder)).filter((name) => name.includes('faster'))).toEqual([]);
});
