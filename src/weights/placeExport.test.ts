import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { namesItsData } from './onnxFile.js';
import { placeExport } from './placeExport.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-place-'));
  path = join(folder, 'mine.onnx');
  await mkdir(join(folder, 'new'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const written = () => join(folder, 'new', 'mine.onnx');
const contents = () => Promise.all([path, `${path}.data`].map((file) => readFile(file, 'utf8')));

it('replaces a graph and the weights beside it together', async () => {
  for (const file of [path, `${path}.data`]) await writeFile(file, 'old');
  for (const file of [written(), `${written()}.data`]) await writeFile(file, 'new');
  await placeExport(written(), path, true);
  expect(await contents()).toEqual(['new', 'new']);
  expect((await readdir(folder)).sort()).toEqual(['mine.onnx', 'mine.onnx.data', 'new']);
});

it('puts the older weights back where the graph cannot get its name', async () => {
  await writeFile(`${path}.data`, 'old');
  await writeFile(`${written()}.data`, 'new');
  // Without a new graph its renaming fails.
  await writeFile(path, 'old');
  await expect(placeExport(written(), path, true)).rejects.toThrow('ENOENT');
  expect(await contents()).toEqual(['old', 'old']);
  expect((await readdir(folder)).sort()).toEqual(['mine.onnx', 'mine.onnx.data', 'new']);
});

it('leaves no weights where there were none and the graph cannot get its name', async () => {
  await writeFile(`${written()}.data`, 'new');
  await expect(placeExport(written(), path, true)).rejects.toThrow('ENOENT');
  expect(await readdir(folder)).toEqual(['new']);
});

it('reads no graph without weights beside it, nor one so large that it has them inside', async () => {
  const graph = Buffer.from('\n\x08location\x12\x0emine.onnx.data');
  await writeFile(path, graph);
  expect(await namesItsData(path)).toBe(false);
  await writeFile(`${path}.data`, '');
  expect(await namesItsData(path)).toBe(true);
  await truncate(path, 1e8 + 1);
  expect(await namesItsData(path)).toBe(false);
  await rm(path);
  expect(await namesItsData(path)).toBe(false);
  // What is there and cannot be read is not passed over.
  await mkdir(path);
  await expect(namesItsData(path)).rejects.toThrow('EISDIR');
});
