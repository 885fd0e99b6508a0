import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareGoldenMasks, type GoldenMasks } from '../../test/goldenMasks.js';

it('gives what the COCO API gives in every reference case', () => {
  const file = new URL('../../test/fixtures/masks/coco-masks.json', import.meta.url);
  const golden = JSON.parse(readFileSync(file, 'utf8')) as GoldenMasks;
  const { differences, compared } = compareGoldenMasks(golden);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(5000);
});
