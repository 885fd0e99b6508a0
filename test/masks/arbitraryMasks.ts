import fc from 'fast-check';
import { encodeRle, type Rle } from '../../src/masks/index.js';

/** A mask and its dense pixels. */
export interface DrawnMask {
  readonly rle: Rle;
  readonly dense: Uint8Array;
}

/** Pixels by noise, or by a few boxes set and cleared one after the other, so that solid shapes with holes come too. */
const pixels = (height: number, width: number): fc.Arbitrary<Uint8Array> => {
  const noise = fc
    .array(fc.integer({ min: 0, max: 1 }), { minLength: height * width, maxLength: height * width })
    .map((values) => Uint8Array.from(values));
  const box = fc.record({
    x: fc.integer({ min: 0, max: width }),
    y: fc.integer({ min: 0, max: height }),
    w: fc.integer({ min: 1, max: width + 1 }),
    h: fc.integer({ min: 1, max: height + 1 }),
    value: fc.integer({ min: 0, max: 1 }),
  });
  const boxes = fc.array(box, { maxLength: 8 }).map((drawn) => {
    const dense = new Uint8Array(height * width);
    for (const { x, y, w, h, value } of drawn) {
      for (let row = y; row < Math.min(height, y + h); row++) {
        dense.fill(value, row * width + x, row * width + Math.min(width, x + w));
      }
    }
    return dense;
  });
  return fc.oneof(noise, boxes);
};

/** So many masks of one size, up to 14 x 14 unless told. */
export const drawnMasks = (count: number, largestPx = 14): fc.Arbitrary<DrawnMask[]> =>
  fc
    .tuple(fc.integer({ min: 1, max: largestPx }), fc.integer({ min: 1, max: largestPx }))
    .chain(([height, width]) =>
      fc
        .array(pixels(height, width), { minLength: count, maxLength: count })
        .map((all) => all.map((dense) => ({ dense, rle: encodeRle(dense, height, width) }))),
    );

/** Runs of COCO's definition, found the plain way: down each column in turn. */
export function countsByHand(dense: Uint8Array, height: number, width: number): number[] {
  const counts = [0];
  let value = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      if (dense[y * width + x] !== value) {
        counts.push(0);
        value = 1 - value;
      }
      counts[counts.length - 1]++;
    }
  }
  return counts;
}
