import { describe, expect, it } from 'vitest';
import { asksOfWholePicture, windowSidePx } from './detail.js';

describe('a sentence that asks of the whole picture', () => {
  it.each([
    'the leftmost ship',
    'the largest building',
    'the second car from the left',
    'a tank in the upper right corner',
    'the car on the left',
    'the car at the top left of the image',
    'the ship on the left side of the picture',
    'the northernmost pier',
    '最大的船',
    '左边的红色汽车',
    '图片右上角的飞机',
  ])('%s', (sentence) => expect(asksOfWholePicture(sentence)).toBe(true));

  it.each([
    'the red car',
    'all storage tanks',
    'the car left of the road',
    'the car on the left side of the road',
    'almost round ponds',
    'the ship near the pier',
    'the copyright sign',
    '红色的车',
    '路上的车',
  ])('not: %s', (sentence) => expect(asksOfWholePicture(sentence)).toBe(false));
});

describe('the side of windows', () => {
  const large = { width: 1025, height: 100 };
  it.each([
    ['auto', { width: 1024, height: 1024 }, 'the red car', null],
    ['auto', large, 'the red car', 512],
    ['auto', { width: 100, height: 1025 }, 'the red car', 512],
    ['auto', large, 'the leftmost car', null],
    ['tiles', large, 'the leftmost car', 512],
    ['tiles', { width: 600, height: 600 }, 'the red car', 512],
    ['whole', large, 'the red car', null],
  ] as const)('%s', (detail, picture, sentence, wanted) => {
    expect(windowSidePx(picture, sentence, detail, 256)).toBe(wanted);
  });
});
