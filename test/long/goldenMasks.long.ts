import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareGoldenMasks, type GoldenMasks } from '../goldenMasks.js';

/** The whole of the reference where it is at hand, else the part that travels with the project. */
const files = ['../../../shared/golden/masks/coco-masks.json', '../fixtures/masks/coco-masks.json'];

it('gives what the COCO API gives in every reference case', () => {
  const file = files.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))!;
  const { differences, compared } = compareGoldenMasks(JSON.parse(readFileSync(file, 'utf8')) as GoldenMasks);
  expect(differences).toEqual([]);
  expect(compared).toBeGreaterThan(5000);
});
