import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blankImage } from '../imagery/index.js';
import { createPictureCache } from './loaderCache.js';

const picture = (pixels: number) => blankImage(pixels, 1);

it('keeps what was used last, up to its bytes', () => {
  const cache = createPictureCache(30);
  cache.add('a', { input: picture(4) });
  cache.add('b', { input: picture(4) });
  expect(cache.bytes).toBe(24);
  expect(cache.get('a')).toEqual({ input: picture(4) });
  // Room for two: b is the longest unused.
  cache.add('c', { input: picture(4) });
  expect(cache.get('b')).toEqual({});
  expect(cache.get('a').input).toEqual(picture(4));
  cache.add('a', { detail: picture(1) });
  expect(cache.get('a')).toEqual({ input: picture(4), detail: picture(1) });
  expect(cache.bytes).toBe(27);
  cache.add('c', { input: picture(5) });
  expect([cache.bytes, cache.get('a').detail, cache.get('c').input]).toEqual([30, picture(1), picture(5)]);
  cache.add('d', { input: picture(11) });
  expect([cache.get('a'), cache.get('c'), cache.get('d'), cache.bytes]).toEqual([{}, {}, {}, 0]);
  cache.add('e', { input: picture(2) });
  cache.clear();
  expect([cache.get('e'), cache.bytes]).toEqual([{}, 0]);
});

it('knows its bytes whatever is added, and stays below the most', () => {
  const use = fc.tuple(
    fc.constantFrom('a', 'b', 'c', 'd'),
    fc.constantFrom('input', 'detail', null),
    fc.integer({ min: 1, max: 12 }),
  );
  fc.assert(
    fc.property(fc.array(use, { maxLength: 40 }), fc.integer({ min: 0, max: 80 }), (uses, most) => {
      const cache = createPictureCache(most);
      for (const [path, part, pixels] of uses) {
        if (part) cache.add(path, { [part]: picture(pixels) });
        else cache.get(path);
        const kept = ['a', 'b', 'c', 'd'].map((name) => cache.get(name));
        const bytes = kept.flatMap((parts) => Object.values(parts)).reduce((sum, { data }) => sum + data.length, 0);
        expect(cache.bytes).toBe(bytes);
        expect(cache.bytes).toBeLessThanOrEqual(most);
      }
    }),
  );
});
