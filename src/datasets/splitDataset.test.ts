import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyRle } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import type { Dataset, Kind } from './sample.js';
import { splitImages } from './splitDataset.js';
import { subsetDataset } from './subsetDataset.js';

/** A dataset of many images with samples of given kinds and categories. */
function madeUp(imageCount: number, seed: number): Dataset {
  const random = createRandom(seed);
  const images = Array.from({ length: imageCount }, (_, id) => ({ id, file: `${id}.jpg`, width: 8, height: 8 }));
  const samples = images.flatMap((image) =>
    Array.from({ length: 1 + random.integer(4) }, (_, index) => {
      const kind: Kind = random.pick(['single', 'single', 'multi', 'none']);
      const category = kind === 'none' ? 'no target' : random.pick(['ship', 'ship', 'ship', 'car', 'dam']);
      const text = `${kind} ${category} ${index}`;
      return {
        id: `${image.id}.${index}`,
        image,
        split: random.pick(['train', 'val']),
        raw: text,
        sentence: text,
        language: 'en' as const,
        kind,
        targets: [],
        category,
        mask: () => emptyRle(8, 8),
      };
    }),
  );
  return {
    format: 'grefcoco',
    root: '/made',
    imageFolder: '/made',
    files: [],
    images,
    annotations: [],
    samples,
    categories: ['ship', 'car', 'dam'],
  };
}

const parts = [
  { name: 'train', part: 0.7 },
  { name: 'val', part: 0.1 },
  { name: 'test', part: 0.2 },
];

describe('splitImages', () => {
  it('places every image once, for any parts', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.nat(5),
        fc.array(fc.double({ min: 0.01, max: 9, noNaN: true }), { minLength: 1, maxLength: 4 }),
        (count, seed, sizes) => {
          const dataset = madeUp(count, seed);
          const splits = splitImages(
            dataset,
            sizes.map((part, index) => ({ name: `s${index}`, part })),
            seed,
          );
          expect([...splits.keys()].sort((a, b) => a - b)).toEqual(dataset.images.map(({ id }) => id));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of the images, but on the seed', () => {
    const dataset = madeUp(60, 3);
    const turned = { ...dataset, images: [...dataset.images].reverse(), samples: [...dataset.samples].reverse() };
    const sorted = (of: Map<number, string>): [number, string][] => [...of].sort(([a], [b]) => a - b);
    expect(sorted(splitImages(turned, parts, 0))).toEqual(sorted(splitImages(dataset, parts, 0)));
    expect(sorted(splitImages(dataset, parts, 1))).not.toEqual(sorted(splitImages(dataset, parts, 0)));
  });

  it('spreads every kind and category in the ratio of the parts', () => {
    const dataset = madeUp(600, 7);
    const splits = splitImages(dataset, parts, 0);
    const strata = new Set(dataset.samples.map(({ kind, category }) => `${kind} ${category}`));
    for (const stratum of strata) {
      const of = dataset.samples.filter(({ kind, category }) => `${kind} ${category}` === stratum);
      for (const { name, part } of parts) {
        const share = of.filter(({ image }) => splits.get(image.id) === name).length / of.length;
        expect(Math.abs(share - part), `${stratum} in ${name}`).toBeLessThan(0.04);
      }
    }
  });
});

describe('subsetDataset', () => {
  const dataset = madeUp(60, 3);

  it('keeps what fits all conditions, and the images of it', () => {
    const { samples, images } = subsetDataset(dataset, {
      categories: ['car', 'dam'],
      kinds: ['multi'],
      splits: ['val'],
      seed: 0,
    });
    expect(samples.length).toBeGreaterThan(0);
    expect(samples).toEqual(
      dataset.samples.filter(
        ({ category, kind, split }) => ['car', 'dam'].includes(category) && kind === 'multi' && split === 'val',
      ),
    );
    expect(images).toEqual(dataset.images.filter(({ id }) => samples.some(({ image }) => image.id === id)));
  });

  it('draws so many, the same for one seed', () => {
    const ids = (seed: number): string[] => subsetDataset(dataset, { count: 10, seed }).samples.map(({ id }) => id);
    expect(ids(1)).toHaveLength(10);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });

  it.each([
    [{ categories: ['submarine'] }, /no category 'submarine'; there are ship, car, dam/],
    [{ splits: ['testC'] }, /no split 'testC'; there are/],
    [{ categories: ['dam'], kinds: ['none' as const] }, /no sample fits/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => subsetDataset(dataset, { ...options, seed: 0 })).toThrow(message);
  });
});
