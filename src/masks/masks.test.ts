import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countsByHand, drawnMasks } from '../../test/masks/arbitraryMasks.js';
import { UserError } from '../errors/index.js';
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
  rleStringIntersection,
  rleStringUnion,
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

/** The counts of a text by COCO's definition, one character after the other; undefined where it is none. */
function plainCounts(text: string): number[] | undefined {
  const counts: number[] = [];
  for (let place = 0; place < text.length; ) {
    let value = 0;
    for (let groups = 0; ; groups++) {
      const group = text.charCodeAt(place++) - 48;
      if (!(group >= 0 && group < 64) || groups === 7) return undefined;
      value += (group % 32) * 32 ** groups;
      if (group >= 32) continue;
      if (group >= 16) value -= 32 ** (groups + 1);
      break;
    }
    counts.push(counts.length > 2 ? value + (counts.at(-2) as number) : value);
  }
  return counts;
}

/** One number in COCO's groups. */
function groupsOf(value: number): string {
  const rest = Math.floor(value / 32);
  const group = value - rest * 32;
  const isLast = rest === (group < 16 ? 0 : -1);
  return String.fromCharCode(48 + group + (isLast ? 0 : 32)) + (isLast ? '' : groupsOf(rest));
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

  it('of thousands of runs make room for themselves', () => {
    // Longer than any text before it, so that the rooms kept between calls have to grow, and twice, in other steps.
    for (const height of [300, 900]) {
      const noise = Uint8Array.from({ length: height * 300 }, (_, place) => ((place * 2_654_435_761) >>> 17) & 1);
      const rle = encodeRle(noise, height, 300);
      expect(rle.counts.length).toBeGreaterThan(20_000);
      const text = rleToString(rle);
      expect(rleToString(rleFromString(text, height, 300))).toBe(text);
      expect(rleStringUnion([text, text], height, 300)).toBe(text);
      expect(rleToString(rleIntersection([rle, rle, rle]))).toBe(text);
    }
  });

  it('are read as a plain reader of their definition reads them, or refused as it refuses them', () => {
    const pixels = 30 * 20;
    // Mostly short groups, so that many texts are sound, and now and then any character.
    const character = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 48, max: 79 }) },
      { weight: 3, arbitrary: fc.integer({ min: 80, max: 111 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }) },
    );
    const ending = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), ending, (codes, mend) => {
        let text = String.fromCharCode(...codes);
        // A last run that fills the mask makes sound texts of those that can be mended so.
        const read = plainCounts(text);
        const sum = read?.reduce((total, count) => total + count, 0) ?? Number.NaN;
        if (mend > 0 && read && sum >= 0 && sum <= pixels && read.every((count) => count >= 0)) {
          const { length } = read;
          text += groupsOf(pixels - sum - (length > 2 ? read[length - 2] : 0));
        }
        const counts = plainCounts(text);
        const isSound =
          counts?.every((count) => count >= 0) && counts.reduce((total, count) => total + count, 0) === pixels;
        if (!isSound) expect(() => rleFromString(text, 30, 20)).toThrow(UserError);
        else expect([...rleFromString(text, 30, 20).counts]).toEqual(counts);
      }),
      { numRuns: 3000 },
    );
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

  it('of masks in strings are those of the masks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }).chain((count) => drawnMasks(count)),
        (masks) => {
          const rles = masks.map(({ rle }) => rle);
          const texts = rles.map(rleToString);
          const [{ height, width }] = rles;
          expect(rleStringUnion(texts, height, width)).toBe(rleToString(rleUnion(rles)));
          expect(rleStringIntersection(texts, height, width)).toBe(rleToString(rleIntersection(rles)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('take empty runs out, in strings too', () => {
    const cut = rleFromUncompressed([1, 2, 0, 3, 1, 0, 2], 3, 3);
    expect([...rleUnion([cut]).counts]).toEqual([1, 5, 3]);
    expect(rleStringUnion([rleToString(cut)], 3, 3)).toBe(rleToString(rleFromUncompressed([1, 5, 3], 3, 3)));
    expect(rleStringIntersection([rleToString(cut), rleToString(cut)], 3, 3)).toBe(
      rleStringUnion([rleToString(cut)], 3, 3),
    );
  });

  it('go to the last pixel of masks as large as 32 bits count', () => {
    const [height, width] = [65_535, 65_534];
    const pixels = height * width;
    const late = rleFromUncompressed([pixels - 7, 5, 2], height, width);
    const wide = rleFromUncompressed([9, pixels - 12, 3], height, width);
    const both = rleFromUncompressed([pixels - 7, 4, 3], height, width);
    const any = rleFromUncompressed([9, pixels - 11, 2], height, width);
    expect(rleIntersection([late, wide])).toEqual(both);
    expect(rleUnion([late, wide])).toEqual(any);
    const texts = [late, wide].map(rleToString);
    expect(rleStringIntersection(texts, height, width)).toBe(rleToString(both));
    expect(rleStringUnion(texts, height, width)).toBe(rleToString(any));
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

  it('leave out set runs of nothing, wherever they stand', () => {
    // One pixel in the middle of 3 x 3, behind an empty run at a column's beginning, and before one at the end.
    const cut = rleFromUncompressed([3, 0, 1, 1, 4, 0], 3, 3);
    expect([rleBox(cut), rleArea(cut)]).toEqual([[1, 1, 1, 1], 1]);
    expect(rleOverlap(cut, rleUnion([cut]))).toEqual({ intersectionPx: 1, unionPx: 1 });
    expect(decodeRle(cut)).toEqual(decodeRle(rleUnion([cut])));
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
          const runs = rleResize(rle, height, width);
          const resized = decodeRle(runs);
          expect(runs, 'no run of nothing').toEqual(encodeRle(resized, height, width));
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
          expect(rleCrop(rle, x, y, width, height)).toEqual(
            encodeRle(
              expected((column, row) => at(column + x, row + y)),
              height,
              width,
            ),
          );
          expect(rlePaste(rle, x, y, height, width)).toEqual(
            encodeRle(
              expected((column, row) => at(column - x, row - y)),
              height,
              width,
            ),
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
