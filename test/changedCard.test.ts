import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { changedCard } from '../scripts/changedCard.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-card-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a card does not claim its scores for weights that a script changed', async () => {
  expect(await changedCard(folder, 'The head was fitted.')).toBeUndefined();
  await writeFile(join(folder, 'README.md'), '---\nlibrary_name: refersat\n---\n\n# one\n\n## Scores\n\n| 1 |\n\n');
  expect(await changedCard(folder, 'The head was fitted.')).toBe(
    '---\nlibrary_name: refersat\n---\n\n# one\n\n## Scores\n\n| 1 |\n\n## Changed since\n\nThe head was fitted. Scores above are of the weights before that.\n',
  );
});
