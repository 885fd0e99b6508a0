import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsByHand, drawnMasks } from '../../test/masks/arbitraryMasks.js';
import {
  decodeRle,
  emptyRle,
  encodeRle,
  type Rle,
  rleArea,
  rleBox,
  rleComplement,
  rleCrop,
  rleFlipHorizontal,
  rleFromString,
  rleFromUncompressed,
  rleIntersection,
  rleIou,
  rleOverlap,
  rlePaste,
  rleResize,
  rleToString,
  rleUnion,
} from './index.js';
import { nearestPositions } from './nearestPositions.js';

/** Runs a property on masks of one size. */
function forMasks(count: number, check: (masks: { rle: Rle; dense: Uint8Array }[]) => void): void {
  fc.assert(
    fc.property(drawnMasks(count), (masks) => {
      check(masks);
    }),
    { numRuns: 300 },
  );
}

const pick = (dense: Uint8Array, change: (value: number, place: number) => number): Uint8Array =>
  Uint8Array.from(dense, change);

describe('dense masks', () => {
  it('encode to the runs down the columns and decode to themselves', () => {
    forMasks(1, ([{ rle, dense }]) => {
      expect([...rle.counts]).toEqual(countsByHand(dense, rle.height, rle.width));
      expect(decodeRle(rle)).toEqual(dense);
    });
  });

  it('of any width and place in a buffer are compared by words alike', () => {
    for (const width of [1, 3, 4, 5, 8, 32, 33, 48]) {
      const buffer = new Uint8Array(40 * width + 1);
      for (let place = 0; place < buffer.length; place++) buffer[place] = (place * 7919) % 5 < 2 ? 1 : 0;
      for (const dense of [buffer.subarray(1), buffer.subarray(0, 40 * width)]) {
        expect([...encodeRle(dense, 40, width).counts]).toEqual(countsByHand(dense, 40, width));
      }
    }
  });

  it('take any value but 0 for 1', () => {
    expect([...encodeRle(Uint8Array.of(255, 0, 7, 7), 2, 2).counts]).toEqual([0, 2, 1, 1]);
  });

  it('grow their room for noise of many changes', () => {
    const noise = Uint8Array.from({ length: 120 * 130 }, (_, place) => ((place * 2_654_435_761) >>> 16) & 1);
    const rle = encodeRle(noise, 120, 130);
    expect([...rle.counts]).toEqual(countsByHand(noise, 120, 130));
    expect(decodeRle(rle)).toEqual(noise);
  });

  it('may have no pixel at all', () => {
    expect([...encodeRle(new Uint8Array(0), 0, 5).counts]).toEqual([0]);
    expect(decodeRle(emptyRle(5, 0))).toHaveLength(0);
  });
});

describe('compressed runs', () => {
  it('read back what they write', () => {
    forMasks(1, ([{ rle }]) => expect(rleFromString(rleToString(rle), rle.height, rle.width)).toEqual(rle));
  });

  it('keep counts of any size, also differences beyond 31 bits', () => {
    const counts = [0, 4_294_000_000, 1, 1, 5, 4_294_770_690 - 4_294_000_007];
    const big = rleFromUncompressed(counts, 65_535, 65_534);
    expect(rleFromString(rleToString(big), 65_535, 65_534)).toEqual(big);
  });
});

describe('sets', () => {
  it('are pixel by pixel', () => {
    forMasks(3, (masks) => {
      const rles = masks.map(({ rle }) => rle);
      const dense = masks.map((mask) => mask.dense);
      const any = pick(dense[0], (_, place) => Number(dense.some((mask) => mask[place] === 1)));
      const all = pick(dense[0], (_, place) => Number(dense.every((mask) => mask[place] === 1)));
      expect(decodeRle(rleUnion(rles))).toEqual(any);
      expect(decodeRle(rleIntersection(rles))).toEqual(all);
    });
  });

  it('obey the laws of sets, to the run', () => {
    forMasks(3, ([{ rle: a }, { rle: b }, { rle: c }]) => {
      const not = rleComplement;
      expect(rleUnion([a, b])).toEqual(rleUnion([b, a]));
      expect(rleUnion([a, rleUnion([b, c])])).toEqual(rleUnion([a, b, c]));
      expect(rleIntersection([a, rleIntersection([b, c])])).toEqual(rleIntersection([a, b, c]));
      expect(not(rleUnion([a, b]))).toEqual(rleIntersection([not(a), not(b)]));
      expect(not(rleIntersection([a, b, c]))).toEqual(rleUnion([not(a), not(b), not(c)]));
      expect(rleIntersection([a, rleUnion([b, c])])).toEqual(
        rleUnion([rleIntersection([a, b]), rleIntersection([a, c])]),
      );
      expect(rleUnion([a, a])).toEqual(a);
      expect(rleIntersection([a, not(a)])).toEqual(emptyRle(a.height, a.width));
      expect(not(not(a))).toEqual(a);
      expect(rleArea(a) + rleArea(b)).toBe(rleArea(rleUnion([a, b])) + rleArea(rleIntersection([a, b])));
    });
  });

  it('join runs that were cut by runs of nothing', () => {
    const cut = rleFromUncompressed([1, 2, 0, 3, 3], 3, 3);
    expect([...rleUnion([cut]).counts]).toEqual([1, 5, 3]);
    expect([...rleUnion([cut, emptyRle(3, 3)]).counts]).toEqual([1, 5, 3]);
    expect(rleArea(cut)).toBe(5);
    expect(rleBox(cut)).toEqual([0, 0, 2, 3]);
    expect(rleComplement(rleComplement(cut))).toEqual(cut);
  });
});

describe('measures', () => {
  it('count the pixels and box them', () => {
    forMasks(1, ([{ rle, dense }]) => {
      const { width } = rle;
      expect(rleArea(rle)).toBe(dense.reduce((sum, value) => sum + value, 0));
      const set = [...dense.keys()].filter((place) => dense[place] === 1);
      const [x, y, w, h] = rleBox(rle);
      if (set.length === 0) expect([x, y, w, h]).toEqual([0, 0, 0, 0]);
      else {
        const columns = set.map((place) => place % width);
        const rows = set.map((place) => Math.floor(place / width));
        expect([x, y]).toEqual([Math.min(...columns), Math.min(...rows)]);
        expect([x + w - 1, y + h - 1]).toEqual([Math.max(...columns), Math.max(...rows)]);
      }
    });
  });

  it('give the IoU of each pair, with crowds over the prediction alone', () => {
    forMasks(4, (masks) => {
      const [a, b, c, d] = masks.map(({ rle }) => rle);
      const ratio = (shared: number, union: number): number => (shared === 0 ? 0 : shared / union);
      const expected = (predicted: Rle, truth: Rle, crowd: boolean): number => {
        const shared = rleArea(rleIntersection([predicted, truth]));
        return ratio(shared, crowd ? rleArea(predicted) : rleArea(rleUnion([predicted, truth])));
      };
      expect(rleIou([a, b], [c, d], [false, true])).toEqual([
        [expected(a, c, false), expected(a, d, true)],
        [expected(b, c, false), expected(b, d, true)],
      ]);
      expect(rleOverlap(a, b)).toEqual({
        intersectionPx: rleArea(rleIntersection([a, b])),
        unionPx: rleArea(rleUnion([a, b])),
      });
    });
    expect(rleIou([], [emptyRle(2, 2)])).toEqual([]);
    expect(rleIou([emptyRle(2, 2)], [])).toEqual([[]]);
    expect(rleIou([emptyRle(2, 2)], [emptyRle(2, 2)])).toEqual([[0]]);
  });
});

describe('moving and resizing', () => {
  it('resize takes the nearest pixel as Pillow does', () => {
    fc.assert(
      fc.property(
        drawnMasks(1),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        ([{ rle, dense }], height, width) => {
          const resized = decodeRle(rleResize(rle, height, width));
          const rows = nearestPositions(rle.height, height);
          const columns = nearestPositions(rle.width, width);
          for (let y = 0; y < height; y++) {
            for (let x = 0; x < width; x++) {
              expect(resized[y * width + x]).toBe(dense[rows[y] * rle.width + columns[x]]);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('crop, paste and flip move pixels and cut what is outside', () => {
    fc.assert(
      fc.property(
        drawnMasks(1),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: -20, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        ([{ rle, dense }], x, y, width, height) => {
          const at = (column: number, row: number): number =>
            column < 0 || row < 0 || column >= rle.width || row >= rle.height ? 0 : dense[row * rle.width + column];
          const expected = (from: (column: number, row: number) => number): Uint8Array =>
            Uint8Array.from({ length: height * width }, (_, place) => from(place % width, Math.floor(place / width)));
          expect(decodeRle(rleCrop(rle, x, y, width, height))).toEqual(
            expected((column, row) => at(column + x, row + y)),
          );
          expect(decodeRle(rlePaste(rle, x, y, height, width))).toEqual(
            expected((column, row) => at(column - x, row - y)),
          );
          const flipped = decodeRle(rleFlipHorizontal(rle));
          expect(flipped).toEqual(
            pick(dense, (_, place) => at(rle.width - 1 - (place % rle.width), Math.floor(place / rle.width))),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('flip twice and paste then crop are nothing, to the run', () => {
    forMasks(1, ([{ rle }]) => {
      expect(rleFlipHorizontal(rleFlipHorizontal(rle))).toEqual(rle);
      const canvas = rlePaste(rle, 5, 9, rle.height + 20, rle.width + 20);
      expect(rleCrop(canvas, 5, 9, rle.width, rle.height)).toEqual(rle);
    });
  });
});
