import { expect, it } from 'vitest';
import { firstOf } from './index.js';

it('names the first few of many and counts the rest', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  expect(firstOf(names, 5)).toBe('a, b, c, d, e');
  expect(firstOf(names, 3)).toBe('a, b, c and 2 more');
  expect(firstOf(names, 4, '; ')).toBe('a; b; c; d; and 1 more');
  expect(firstOf([], 3)).toBe('');
});
