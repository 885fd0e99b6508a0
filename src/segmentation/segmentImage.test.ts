import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatTensor } from '../engine/index.js';
import { blankImage } from '../imagery/index.js';
import { decodeRle, rleArea } from '../masks/index.js';
import { createModel } from '../models/index.js';
import { buildVocabulary } from '../text/index.js';
import type { PicturePredictor } from './picturePredictor.js';
import { type PreparedImage, prepareImage } from './preparedImage.js';
import { type Reader, segmentPrepared } from './segmentImage.js';

const sizePx = 16;
const tokenizer = buildVocabulary(['the red car'], { minCount: 1 });
const reader: Reader = { model: createModel({ model: 'lavt' }), tokenizer, seenWords: null };

/** A predictor that answers by the mean of what it sees, which is bright or dark. */
const predictorOf = (answer: (mean: number) => { margin: number; exists: number | null }): PicturePredictor => ({
  sizePx,
  encode: async (image) => new Map([['image', floatTensor(image, [1, 3, sizePx, sizePx])]]),
  async predict(features) {
    const images = features.get('image')!.data as Float32Array;
    const { margin, exists } = answer(images.reduce((sum, value) => sum + value, 0) / images.length);
    return {
      margins: new Float32Array(16).fill(margin),
      marginHeight: 4,
      marginWidth: 4,
      alignCorners: true,
      exists: exists === null ? null : Float32Array.of(exists),
    };
  },
  release: async () => undefined,
});
const settings = { threshold: 0.5, existsThreshold: 0.5 };
const prepare = (image: Parameters<typeof prepareImage>[0], windowPx: number | null) =>
  prepareImage(image, { pixels: 'unit', windowPx, predictor: predictorOf(() => ({ margin: 0, exists: null })) });
const inputOf = async (image: PreparedImage) => (await image.features(0, null)).get('image')!.data;

it.each([
  [{ margin: Number.NaN, exists: 1 }],
  [{ margin: Number.NaN, exists: null }],
  [{ margin: 1, exists: Number.NaN }],
])('an answer that is not a number is an error, not "nothing": %j', async (answer) => {
  for (const windowPx of [null, 16]) {
    const asking = segmentPrepared(
      reader,
      predictorOf(() => answer),
      prepare(blankImage(40, 20), windowPx),
      'the red car',
      settings,
    );
    await expect(asking).rejects.toThrow('"the red car": the model gives what is not a number');
  }
});

describe('windows blended', () => {
  it('decide every pixel of any picture', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 8, max: 64 }),
        async (width, height, windowPx) => {
          const prepared = prepare(blankImage(width, height), windowPx);
          const everywhere = await segmentPrepared(
            reader,
            predictorOf(() => ({ margin: 0.01, exists: 1 })),
            prepared,
            'the red car',
            settings,
          );
          expect(rleArea(everywhere.mask)).toBe(width * height);
          const nowhere = await segmentPrepared(
            reader,
            predictorOf(() => ({ margin: -0.01, exists: 1 })),
            prepared,
            'the red car',
            settings,
          );
          expect(nowhere.found || rleArea(nowhere.mask) > 0).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leave the decision to those that find a target, wherever these reach', async () => {
    // The left half is bright: windows that see enough of it find the target, the others are sure of none.
    const image = blankImage(120, 30);
    for (let at = 0; at < image.data.length; at += 3) if ((at / 3) % 120 < 60) image.data.fill(255, at, at + 3);
    const answers: boolean[] = [];
    const predictor = predictorOf((mean) => {
      answers.push(mean > 0.9);
      return mean > 0.9 ? { margin: 3, exists: 2 } : { margin: 9, exists: -2 };
    });
    const { mask, found, score } = await segmentPrepared(
      reader,
      predictor,
      prepare(image, 32),
      'the red car',
      settings,
    );
    expect(found).toBe(true);
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-2)));
    expect(answers).toEqual([true, true, false, false, false]);
    const dense = decodeRle(mask);
    const row = [...dense.subarray(0, 120)];
    expect(row.slice(0, 40).every((value) => value === 1)).toBe(true);
    expect(row.slice(60).every((value) => value === 0)).toBe(true);
  });

  it('weigh as much together as one does, at any threshold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 90 }),
        fc.constantFrom(0.02, 0.1, 0.9, 0.98),
        async (width, height, threshold) => {
          const prepared = prepare(blankImage(width, height), 20);
          const areaAt = async (margin: number): Promise<number> => {
            const predictor = predictorOf(() => ({ margin, exists: 5 }));
            const own = { threshold, existsThreshold: 0.5 };
            return rleArea((await segmentPrepared(reader, predictor, prepared, 'the red car', own)).mask);
          };
          const border = Math.log(threshold / (1 - threshold));
          expect([await areaAt(border + 0.01), await areaAt(border - 0.01)]).toEqual([width * height, 0]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("take the caller's word for what finds a target, and leave the rest background at any threshold", async () => {
    const image = blankImage(120, 30);
    for (let at = 0; at < image.data.length; at += 3) if ((at / 3) % 120 < 60) image.data.fill(255, at, at + 3);
    // The bright half is found with 0.3, the dark one with 0.1; both have pixels above the threshold.
    const predictor = predictorOf((mean) => ({ margin: 1, exists: mean > 0.9 ? -0.85 : -2.2 }));
    const ask = async (existsThreshold: number, threshold: number) => {
      const own = { threshold, existsThreshold };
      const { mask } = await segmentPrepared(reader, predictor, prepare(image, 32), 'the red car', own);
      return [...decodeRle(mask).subarray(0, 120)];
    };
    for (const threshold of [0.002, 0.01, 0.5]) {
      const row = await ask(0.2, threshold);
      expect([row.slice(0, 40).every((value) => value === 1), row[119]], `threshold ${threshold}`).toEqual([true, 0]);
    }
    expect(new Set(await ask(0.05, 0.5))).toEqual(new Set([1]));
    expect(new Set(await ask(0.5, 0.5))).toEqual(new Set([0]));
  });

  it('shown as one are the whole picture', async () => {
    const image = { ...blankImage(20, 14), data: Uint8Array.from({ length: 840 }, (_, at) => (at * 7) % 256) };
    const tiled = prepare(image, 20);
    const whole = prepare(image, null);
    expect(tiled.windows).toEqual(whole.windows);
    expect(await inputOf(tiled)).toEqual(await inputOf(whole));
  });
});

describe('the score', () => {
  const ask = (margin: number, exists: number | null, own = settings) =>
    segmentPrepared(
      reader,
      predictorOf(() => ({ margin, exists })),
      prepare(blankImage(9, 9), null),
      'the red car',
      own,
    );

  it('is that of the head for nothing, else of the surest pixel', async () => {
    expect((await ask(5, -1)).score).toBeCloseTo(1 / (1 + Math.E));
    expect((await ask(2, null)).score).toBeCloseTo(1 / (1 + Math.exp(-2)));
  });

  it('below its threshold, or without a pixel, is nothing', async () => {
    expect(await ask(5, -1)).toMatchObject({ found: false, mask: { counts: Uint32Array.of(81) } });
    expect(await ask(-5, 3)).toMatchObject({ found: false });
    expect((await ask(5, -1, { threshold: 0.5, existsThreshold: 0.2 })).found).toBe(true);
    expect((await ask(1, 3, { threshold: 0.9, existsThreshold: 0.5 })).found).toBe(false);
  });
});
