import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cast, compile, floatTensor, greater, type HostTensor, input } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { candidateThings } from './candidateThings.js';

const rows = [
  'aaaa......dd', //
  'aaaa........',
  'aaaa..b.....',
  '......b.....',
  '............',
  'cccc........',
];
const [height, width] = [rows.length, rows[0].length];
const cells = [...rows.join('')];

async function thingsOf(logits: readonly number[], shape = [1, 1, height, width]) {
  const found = input('found', shape);
  const isCandidate = cast(greater(found, 0), 'float32');
  const things = candidateThings({ found, isCandidate });
  const compiled = await compile({ ...things }, { runtime: onnxruntimeNode });
  const results = await compiled.run({ found: floatTensor(Float32Array.from(logits), shape) });
  await compiled.release();
  return results as Record<'rank' | 'box' | 'amount', HostTensor>;
}

const logitsOf = (names: string): number[] => cells.map((cell) => (names.includes(cell) ? 8 : -8));
const at = (name: string): number => cells.indexOf(name);

/** What a channel says in all cells of a thing, which has to be the same. */
function toldOf(tensor: HostTensor, channel: number, name: string): number {
  const told = cells.flatMap((cell, place) =>
    cell === name ? [Number(tensor.data[channel * cells.length + place])] : [],
  );
  for (const value of told) expect(value, `cells of ${name}`).toBeCloseTo(told[0], 4);
  return told[0];
}

/** The rank from a side that a thing is said to have; null where it has none of the told ones. */
function rankOf(rank: HostTensor, side: number, name: string): number | null {
  const shares = Array.from({ length: 8 }, (_, place) => toldOf(rank, side * 8 + place, name));
  const best = shares.indexOf(Math.max(...shares));
  return shares[best] > 0.9 ? best + 1 : null;
}

it('things are counted from each side by the middles of their boxes, whatever their sizes', async () => {
  const { rank, amount } = await thingsOf(logitsOf('abcd'));
  expect(['a', 'c', 'b', 'd'].map((name) => rankOf(rank, 1, name))).toEqual([null, null, 2, 1]);
  expect(['b', 'd'].map((name) => rankOf(rank, 0, name))).toEqual([3, 4]);
  expect(['d', 'a', 'b', 'c'].map((name) => rankOf(rank, 2, name))).toEqual([1, 2, 3, 4]);
  expect(['d', 'a', 'b', 'c'].map((name) => rankOf(rank, 3, name))).toEqual([4, 3, 2, 1]);
  expect(amount.data[0]).toBeCloseTo(Math.log(5), 2);
});

it('a thing that is left out is not counted, and without things nothing is told', async () => {
  const { rank } = await thingsOf(logitsOf('bd'));
  expect(['b', 'd'].map((name) => rankOf(rank, 0, name))).toEqual([1, 2]);
  expect(rank.data[at('a')]).toBe(0);
  const { rank: none, box, amount } = await thingsOf(logitsOf(''));
  for (const { data } of [none, box, amount]) for (const value of data) expect(Number(value)).toBeCloseTo(0, 6);
});

it('a thing knows its box and its size beside the largest and the smallest', async () => {
  const { box } = await thingsOf(logitsOf('abd'));
  expect(toldOf(box, 0, 'b')).toBeCloseTo((6.5 / 12) * 2 - 1, 4);
  expect(toldOf(box, 1, 'b')).toBeCloseTo((3 / 6) * 2 - 1, 4);
  expect(toldOf(box, 2, 'b')).toBeCloseTo(2 / 12, 4);
  expect(toldOf(box, 3, 'b')).toBeCloseTo((2 * 2) / 6, 4);
  expect(toldOf(box, 4, 'a')).toBeCloseTo(0, 4);
  expect(toldOf(box, 4, 'b')).toBeLessThan(toldOf(box, 4, 'd'));
  expect(toldOf(box, 5, 'b')).toBeCloseTo(0, 4);
  expect(toldOf(box, 5, 'a')).toBeGreaterThan(toldOf(box, 5, 'd'));
});

it('a thing of any size and place counts once', async () => {
  const side = 120;
  const box = fc.record({
    x: fc.nat(side - 12),
    y: fc.nat(side - 12),
    wide: fc.integer({ min: 1, max: 12 }),
    high: fc.integer({ min: 1, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(box, { minLength: 1, maxLength: 20 }), async (boxes) => {
      // Boxes that come within a cell of an earlier one are left out: they would be one thing with it.
      const apart: typeof boxes = [];
      for (const one of boxes) {
        const isFree = apart.every(
          ({ x, y, wide, high }) =>
            one.x > x + wide || x > one.x + one.wide || one.y > y + high || y > one.y + one.high,
        );
        if (isFree) apart.push(one);
      }
      const logits = new Array<number>(side * side).fill(-8);
      for (const { x, y, wide, high } of apart) {
        for (let row = y; row < y + high; row++) logits.fill(8, row * side + x, row * side + x + wide);
      }
      const { amount } = await thingsOf(logits, [1, 1, side, side]);
      expect(Math.exp(Number(amount.data[0])) - 1).toBeCloseTo(apart.length, 3);
    }),
    { numRuns: 25 },
  );
});
