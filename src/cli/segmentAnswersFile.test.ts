import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEarlierAnswers } from '../segmentation/index.js';
import { openAnswersFile } from './segmentAnswersFile.js';
import type { SegmentRecord } from './segmentResults.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-answers-'));
  path = join(folder, 'results.jsonl');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (image: string, sentence: string) => ({ image, sentence }) as SegmentRecord;
const line = (image: string, sentence: string) => `${JSON.stringify({ image, sentence })}\n`;

it('keeps the lines that another run wrote since this one began', async () => {
  const runs = [await openAnswersFile(path, []), await openAnswersFile(path, [])];
  await runs[0].write(record('a.png', 'the car'), 'a_the-car');
  await runs[1].write(record('b.png', 'the car'), 'b_the-car');
  for (const run of runs) {
    await run.commit();
    await run.discard();
  }
  expect(await readFile(path, 'utf8')).toBe(line('a.png', 'the car') + line('b.png', 'the car'));
  expect(await readdir(folder)).toEqual(['results.jsonl']);
});

// Written otherwise than JSON.stringify does, the last without a line's end.
const kept = ['{"image": "a.png", "sentence": "the car", "score": 1.0}', '{ "image": "b.png", "sentence": "ü" }'];

it.each([
  ['where it adds', 'c.png', (added: string) => `${kept.join('\n')}\n${added}`],
  ['where it replaces', 'a.png', (added: string) => `${added}${kept[1]}\n`],
])('leaves earlier lines as they are written %s', async (_, image, expected) => {
  await writeFile(path, kept.join('\n'));
  const file = await openAnswersFile(path, await readEarlierAnswers(path));
  await file.write(record(image, 'the car'), `${image[0]}_the-car`);
  await file.commit();
  await file.discard();
  expect(await readFile(path, 'utf8')).toBe(expected(line(image, 'the car')));
  expect(await readdir(folder)).toEqual(['results.jsonl']);
});

it('replaces and adds among many lines', async () => {
  const name = (row: number) => `${row}.png`;
  await writeFile(
    path,
    Array.from({ length: 30_000 }, (_, row) => line(name(row), `${'the car '.repeat(5)}`)).join(''),
  );
  const file = await openAnswersFile(path, await readEarlierAnswers(path));
  const rows = [29_999, 7, 30_000];
  for (const row of rows) await file.write(record(name(row), 'new'), `${row}_the-car-the-car-the-car-the-car-the-car`);
  await file.commit();
  await file.discard();
  const answers = await readEarlierAnswers(path);
  expect(answers.map(({ image }) => image)).toEqual(Array.from({ length: 30_001 }, (_, row) => name(row)));
  expect(answers.flatMap(({ sentence }, row) => (sentence === 'new' ? [row] : []))).toEqual([7, 29_999, 30_000]);
});
