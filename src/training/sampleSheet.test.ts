import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Sample } from '../datasets/index.js';
import { rleFromBox } from '../masks/index.js';
import { sampleSheet } from './sampleSheet.js';

it.each([
  ['as it is stored', { width: 40, height: 20 }, 160],
  ['as a person sees it', { width: 20, height: 40 }, 640],
])('draws a picture that EXIF turns as its annotations see it: %s', async (_, size, shownPx) => {
  const folder = await mkdtemp(join(tmpdir(), 'refersat-sheet-'));
  try {
    const image = join(folder, 'turned.jpg');
    const grey = { width: 40, height: 20, channels: 3, background: '#777' } as const;
    await sharp({ create: grey }).withMetadata({ orientation: 6 }).jpeg().toFile(image);
    const mask = rleFromBox([0, 0, 10, 10], size.height, size.width);
    const sample = { image: { id: 1, file: 'turned.jpg', ...size }, sentence: 'car', kind: 'single', mask: () => mask };
    const score = { iou: 0.5, intersectionPx: 1, unionPx: 2, answered: true };
    const sheet = await sampleSheet([
      { sample: sample as unknown as Sample, image, predicted: rleFromBox([0, 0, 9, 9], 480, 480), score, index: 0 },
    ]);
    // The caption stands under the picture: some 60 px.
    expect(Math.abs(sheet.height - shownPx - 60)).toBeLessThan(60);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
