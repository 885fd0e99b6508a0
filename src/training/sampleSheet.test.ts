import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rleFromBox } from '../masks/index.js';
import { sampleSheet } from './sampleSheet.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-sheet-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('draws a picture as its annotations see it, whatever EXIF says', async () => {
  const [width, height] = [60, 40];
  const pixels = sharp({ create: { width, height, channels: 3, background: '#205080' } });
  const truth = rleFromBox([0, 0, 20, 10], height, width);
  const sheetOf = async (name: string, file: Buffer) => {
    const image = join(folder, name);
    await writeFile(image, file);
    const sample = {
      id: '1',
      image: { id: 1, file: name, width, height },
      split: 'val',
      raw: 'the car',
      sentence: 'the car',
      language: 'en',
      kind: 'single',
      targets: [1],
      category: 'car',
      mask: () => truth,
    } as const;
    const score = { iou: 1, intersectionPx: 200, unionPx: 200, answered: true };
    return sampleSheet([{ sample, image, predicted: truth, score, index: 0 }]);
  };
  const plain = await sheetOf('plain.png', await pixels.clone().png().toBuffer());
  const turned = await sheetOf('turned.png', await pixels.clone().withMetadata({ orientation: 6 }).png().toBuffer());
  expect([turned.width, turned.height]).toEqual([plain.width, plain.height]);
  expect(Buffer.from(turned.data).equals(Buffer.from(plain.data))).toBe(true);
});
