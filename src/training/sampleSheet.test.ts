import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { overlayColours, type RgbImage } from '../imagery/index.js';
import { rleFromBox } from '../masks/index.js';
import { sampleSheet, sheetPlaces } from './sampleSheet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-sheet-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('draws a picture as its annotations see it, whatever its EXIF says to a viewer', async () => {
  const [width, height] = [40, 20];
  const path = join(folder, 'turned.png');
  const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => (Math.floor(at / 3) % width < 20 ? 200 : 0));
  await sharp(data, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .png()
    .toFile(path);
  const mask = rleFromBox([0, 0, 20, 20], height, width);
  const sheet = await sampleSheet([
    {
      sample: {
        id: 's',
        image: { id: 1, file: 'turned.png', width, height },
        split: 'val',
        raw: 'the white half',
        sentence: 'the white half',
        language: 'en',
        kind: 'single',
        targets: [1],
        category: 'half',
        mask: () => mask,
      },
      image: path,
      predicted: mask,
      score: { iou: 1, intersectionPx: 400, unionPx: 400, answered: true },
      index: 0,
    },
  ]);
  // One cell of 320 px beside a gap of 5: the left half is white and filled, the right one black and not.
  const at = ({ data: pixels, width: wide }: RgbImage, x: number, y: number) => [
    ...pixels.subarray(3 * (y * wide + x), 3 * (y * wide + x) + 3),
  ];
  expect(at(sheet, 5 + 80, 5 + 80)).toEqual(overlayColours[0].map((value) => Math.round(0.6 * 200 + 0.4 * value)));
  expect(at(sheet, 5 + 240, 5 + 80)).toEqual([0, 0, 0]);
});

it('shows samples spread over all, twelve at most', () => {
  expect([...sheetPlaces(3)]).toEqual([0, 1, 2]);
  expect([...sheetPlaces(24)]).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  expect(sheetPlaces(1000).size).toBe(12);
  expect(sheetPlaces(0).size).toBe(0);
});
