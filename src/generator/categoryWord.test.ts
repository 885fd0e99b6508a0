import { expect, it } from 'vitest';
import { categoryWord } from './index.js';

it('names a category by its usual word, in the language where it has one', () => {
  expect(categoryWord('storage_tank', 'en')).toBe('storage tank');
  expect(categoryWord('Storage-Tank', 'zh')).toBe('储罐');
  expect(categoryWord('car', 'en')).toBe('car');
  expect(categoryWord('bouncy castle', 'zh')).toBe('bouncy castle');
  expect(categoryWord('风车', 'en')).toBe('风车');
});
