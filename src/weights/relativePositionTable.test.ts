import { expect, it } from 'vitest';
import { resizeRelativePositionTable, windowOfTable } from './relativePositionTable.js';

it('a table of (2w - 1)^2 rows is of window w, any other of none', () => {
  const windows = Array.from({ length: 50 }, (_, rows) => [rows, windowOfTable(rows)] as const);
  expect(windows.filter(([, window]) => window !== undefined)).toEqual([
    [1, 1],
    [9, 2],
    [25, 3],
    [49, 4],
  ]);
});

it('a resized table keeps what is even, symmetric or its own size, head by head', () => {
  const heads = 2;
  const table = (window: number, value: (y: number, x: number, head: number) => number): Float32Array => {
    const side = 2 * window - 1;
    return Float32Array.from({ length: side * side * heads }, (_, at) => {
      const place = Math.floor(at / heads);
      return value(Math.floor(place / side) - window + 1, (place % side) - window + 1, at % heads);
    });
  };
  const even = table(4, (_y, _x, head) => 3 + head);
  for (const value of resizeRelativePositionTable(even, heads, 4, 7).entries()) {
    expect(value[1]).toBeCloseTo(3 + (value[0] % 2), 5);
  }
  const own = table(3, (y, x, head) => Math.sin(y + 2 * x + head));
  for (const [at, value] of resizeRelativePositionTable(own, heads, 3, 3).entries())
    expect(value).toBeCloseTo(own[at], 6);
  // Bicubic with a = -0.75 by hand: of one row 0 0 1 0 0 the middle of nine reads the peak alone, its neighbours at 4 / 9
  // of a pixel the weights of distances 5 / 9 and 14 / 9.
  const peak = table(3, (y, x) => Number(y === 0 && x === 0));
  const resized = resizeRelativePositionTable(peak, heads, 3, 5);
  const at = (y: number, x: number): number => resized[((y + 4) * 9 + x + 4) * heads];
  const near = (x: number): number => 1.25 * x ** 3 - 2.25 * x ** 2 + 1;
  const far = (x: number): number => -0.75 * x ** 3 + 3.75 * x ** 2 - 6 * x + 3;
  expect(at(0, 0)).toBeCloseTo(1, 6);
  expect(at(0, 1)).toBeCloseTo(near(5 / 9), 5);
  expect(at(1, 1)).toBeCloseTo(near(5 / 9) ** 2, 5);
  expect(at(2, 0)).toBeCloseTo(far(10 / 9), 5);
  expect(at(-3, 0)).toBeCloseTo(far(15 / 9), 5);
  expect(() => resizeRelativePositionTable(peak, heads, 4, 5)).toThrow('window 4 and 2 heads');
});
