import { expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import {
  decodeRle,
  emptyRle,
  encodeRle,
  polygonsFromRle,
  polygonsWithoutHoles,
  rleArea,
  rleBox,
  rleComplement,
  rleCrop,
  rleFlipHorizontal,
  rleFromBox,
  rleFromPolygons,
  rleFromString,
  rleFromUncompressed,
  rleIntersection,
  rleIou,
  rlePaste,
  rleResize,
  rleStringIntersection,
  rleStringUnion,
  rleToString,
  rleUnion,
} from './index.js';

const refusals: [what: string, act: () => unknown, reason: RegExp][] = [
  ['a dense mask of another length', () => encodeRle(new Uint8Array(5), 2, 3), /5 bytes for 2 x 3/],
  ['a negative size', () => emptyRle(-1, 3), /-1 x 3/],
  ['a size that is no number', () => emptyRle(Number.NaN, 3), /NaN x 3/],
  ['a size of more pixels than runs count', () => emptyRle(70_000, 70_000), /more pixels/],
  ['a side beyond any picture', () => emptyRle(1, 2 ** 21), /1 x 2097152/],
  ['a text cut inside a count', () => rleFromString('o', 2, 2), /ends inside a count that begins at character 0/],
  ['a text with a foreign character', () => rleFromString('1~', 2, 2), /character 1 is "~"/],
  ['a text with a character beyond ASCII', () => rleFromString('1é', 2, 2), /character 1 is "é"/],
  ['a text with a negative run', () => rleFromString('O', 2, 2), /run 0, at character 0, is -1/],
  ['a text with a run longer than the mask', () => rleFromString('5', 2, 2), /is 5, not between 0 and 4/],
  ['a text with an endless count', () => rleFromString('oooooooo0', 2, 2), /more than seven groups/],
  [
    'a text with a count of eight groups',
    () => rleFromString('PPPPPPP04', 2, 2),
    /character 0 has more than seven groups/,
  ],
  ['a text that falls short', () => rleFromString('12', 2, 2), /sum to 3, but 2 x 2 has 4/],
  ['no text', () => rleFromString('', 2, 2), /sum to 0/],
  ['counts that fall short', () => rleFromUncompressed([1, 2], 2, 2), /sum to 3/],
  ['a fractional count', () => rleFromUncompressed([1.5, 2.5], 2, 2), /run 0 is 1.5/],
  ['a negative count', () => rleFromUncompressed([5, -1], 2, 2), /run 0 is 5/],
  ['a count that is text', () => rleFromUncompressed(['4'] as unknown as number[], 2, 2), /run 0 is 4/],
  [
    'an odd polygon',
    () =>
      rleFromPolygons(
        [
          [0, 0, 1, 1],
          [1, 2, 3],
        ],
        4,
        4,
      ),
    /polygon 1 has 3 numbers/,
  ],
  ['a polygon of NaN', () => rleFromPolygons([[0, 0, Number.NaN, 1]], 4, 4), /polygon 0: number 2 is NaN/],
  ['a polygon of infinity', () => rleFromPolygons([[0, Number.POSITIVE_INFINITY]], 4, 4), /number 1 is Infinity/],
  ['a polygon of text', () => rleFromPolygons([['x', 1] as unknown as number[]], 4, 4), /number 0 is x/],
  ['a polygon beyond the fine grid', () => rleFromPolygons([[0, 1e12]], 4, 4), /number 1 is 1000000000000/],
  ['a box of three numbers', () => rleFromBox([1, 2, 3], 4, 4), /four finite numbers/],
  ['a box of NaN', () => rleFromBox([1, 2, 3, Number.NaN], 4, 4), /four finite numbers/],
  ['a box of negative size', () => rleFromBox([1, 2, -3, 4], 4, 4), /must not be negative/],
  ['a union of nothing', () => rleUnion([]), /at least one mask/],
  ['a union of two sizes', () => rleUnion([emptyRle(2, 3), emptyRle(3, 2)]), /mask 1 is 3 x 2 and mask 0 is 2 x 3/],
  ['an intersection of two sizes', () => rleIntersection([emptyRle(2, 3), emptyRle(3, 2)]), /sizes must be equal/],
  ['a union of no strings', () => rleStringUnion([], 2, 2), /union: needs at least one mask/],
  ['an intersection of a cut text', () => rleStringIntersection(['4', 'o'], 2, 2), /ends inside a count/],
  ['a union of a text that falls short', () => rleStringUnion(['4', '12'], 2, 2), /sum to 3, but 2 x 2 has 4/],
  ['a union of strings of no size', () => rleStringUnion(['4'], -2, 2), /-2 x 2/],
  [
    'a union of runs whose sum is right in 32 bits alone',
    () => rleUnion([emptyRle(2, 2), { height: 2, width: 2, counts: Uint32Array.of(2 ** 32 - 1, 5) }]),
    /sum to 4294967300/,
  ],
  [
    'a text with a character behind its groups that reads as one of them',
    () => rleFromString('pO', 2, 2),
    /character 0 is "p"/,
  ],
  ['an IoU of two sizes', () => rleIou([emptyRle(2, 3)], [emptyRle(3, 2)]), /sizes must be equal/],
  ['crowd flags of another number', () => rleIou([emptyRle(2, 3)], [emptyRle(2, 3)], [1, 0]), /2 crowd flags for 1/],
  ['growing nothing', () => rleResize(emptyRle(0, 3), 2, 2), /no pixel to take/],
  ['a window between pixels', () => rleCrop(emptyRle(2, 2), 0.5, 0, 1, 1), /whole pixels/],
  ['a place between pixels', () => rlePaste(emptyRle(2, 2), 0, Number.NaN, 1, 1), /whole pixels/],
];

for (const [what, act, reason] of refusals) {
  it(`${what} is refused`, () => {
    expect(act).toThrow(UserError);
    expect(act).toThrow(reason);
  });
}

it('a mask whose runs do not fill its size is refused by everything that takes one', () => {
  const damaged = { height: 2, width: 2, counts: Uint32Array.of(1, 2) };
  const takers = [decodeRle, rleToString, rleArea, rleBox, rleComplement, rleFlipHorizontal, polygonsFromRle];
  for (const take of [...takers, polygonsWithoutHoles]) expect(() => take(damaged), take.name).toThrow(/sum to 3/);
  expect(() => rleUnion([damaged])).toThrow(/sum to 3/);
  expect(() => rleIntersection([emptyRle(2, 2), damaged])).toThrow(/sum to 3/);
  expect(() => rleIou([damaged], [emptyRle(2, 2)])).toThrow(/sum to 3/);
  expect(() => rleResize(damaged, 1, 1)).toThrow(/sum to 3/);
  expect(() => rleCrop(damaged, 0, 0, 1, 1)).toThrow(/sum to 3/);
  expect(() => rleArea({ height: 2, width: 2, counts: [4] as unknown as Uint32Array })).toThrow(/Uint32Array/);
});

it('polygons that enclose nothing, or lie outside, give an empty mask', () => {
  for (const polygon of [[], [1, 1], [1, 1, 3, 3], [1, 1, 1, 1, 1, 1], [-9, -9, -5, -9, -5, -5]]) {
    expect(rleFromPolygons([polygon], 4, 4)).toEqual(emptyRle(4, 4));
  }
  expect(rleFromPolygons([], 4, 4)).toEqual(emptyRle(4, 4));
  expect(rleArea(rleFromPolygons([[-1e8, -1e8, 1e8, -1e8, 1e8, 1e8, -1e8, 1e8]], 4, 4))).toBe(16);
});

it('masks may be as large as runs count and sides go', () => {
  expect(emptyRle(65_535, 65_537).counts).toEqual(Uint32Array.of(4_294_967_295));
  expect(emptyRle(2 ** 20, 1).counts).toEqual(Uint32Array.of(2 ** 20));
  expect(emptyRle(1, 2 ** 20).counts).toEqual(Uint32Array.of(2 ** 20));
});
