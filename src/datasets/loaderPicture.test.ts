import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyRle } from '../masks/index.js';
import { loadPicture } from './loaderPicture.js';
import { makeSample, type SampleRequest } from './loaderSample.js';

let folder: string;
let path: string;
const [width, height] = [40, 20];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-picture-'));
  path = join(folder, 'turned.png');
  // The left half of the stored rows is white; a viewer turns it a quarter clockwise, so that white is above.
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (Math.floor(at / 3) % width < 20 ? 255 : 0));
  await sharp(data, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .png()
    .toFile(path);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (statedWidth: number, statedHeight: number, sizePx: number, isDetail: boolean) =>
  loadPicture({ path, statedWidth, statedHeight, sizePx, isDetail });

describe('a picture for the model', () => {
  it('is turned by EXIF only where its annotations see it so', async () => {
    const stored = await load(width, height, 8, false);
    expect([stored.fileWidth, stored.fileHeight]).toEqual([width, height]);
    expect([stored.image.data[0], stored.image.data[3 * 7], stored.image.data[3 * 8 * 7]]).toEqual([255, 0, 255]);
    const turned = await load(height, width, 8, false);
    expect([turned.fileWidth, turned.fileHeight]).toEqual([height, width]);
    expect([turned.image.data[0], turned.image.data[3 * 7], turned.image.data[3 * 8 * 7]]).toEqual([255, 255, 0]);
  });

  it('keeps its shape as detail, shrunk to the longest side and never enlarged', async () => {
    const sizes = [10, 30, 40, 500].map(async (sizePx) => {
      const { image, fileWidth } = await load(width, height, sizePx, true);
      return [image.width, image.height, fileWidth];
    });
    expect(await Promise.all(sizes)).toEqual([
      [10, 5, 40],
      [30, 15, 40],
      [40, 20, 40],
      [40, 20, 40],
    ]);
  });

  it.each([
    ['width', 39, 20],
    ['height', 40, 21],
  ])('is refused where its annotations state another %s', async (_, statedWidth, statedHeight) => {
    const request: SampleRequest = {
      path,
      sentence: 'the box',
      kind: 'none',
      rle: emptyRle(statedHeight, statedWidth),
      sizePx: 8,
      detailPx: 16,
      augment: null,
      seeds: { augment: [1], fixed: [1] },
      normalise: 'none',
      parts: {},
      classMapPx: 0,
    };
    await expect(makeSample(request)).rejects.toThrow(
      `the image has 40 x 20 pixels, its annotations say ${statedWidth} x ${statedHeight}`,
    );
  });
});
