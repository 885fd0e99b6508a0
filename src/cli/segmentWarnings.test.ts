import { expect, it } from 'vitest';
import { shownText } from './segmentWarnings.js';

it('shows a text in one line, a long one by its beginning', () => {
  expect(shownText(' the "red"\none\tand 车 ')).toBe('the "red" one and 车');
  expect(shownText('a'.repeat(100))).toBe('a'.repeat(100));
  expect(shownText('word '.repeat(60_000))).toBe(`${'word '.repeat(19)}word…`);
});
