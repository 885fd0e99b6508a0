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

it('splitImages spreads the rare first, which the frequent leave to chance', () => {
  const plain = madeUp(100, 1);
  const [like] = plain.samples;
  const samples = plain.images.flatMap((image, place) =>
    ['ship', 'ship', ...(place % 10 === 0 ? ['dam'] : [])].map((category, index) => ({
      ...like,
      id: `${place}.${index}`,
      image,
      kind: 'single' as const,
      category,
    })),
  );
  for (const seed of [0, 1, 2, 3]) {
    const splits = splitImages({ ...plain, samples }, parts, seed);
    const dams = plain.images.filter(({ id }) => id % 10 === 0).map(({ id }) => splits.get(id));
    expect(parts.map(({ name }) => dams.filter((split) => split === name).length)).toEqual([7, 1, 2]);
  }
});

describe('splitImages without sentences', () => {
  it('spreads the things of each category, and images without any', () => {
    const { images } = madeUp(200, 1);
    const annotations = images.flatMap(({ id: imageId }) =>
      imageId % 4 === 0
        ? []
        : [{ imageId, category: imageId % 10 === 1 ? 'dam' : 'ship' } as unknown as Dataset['annotations'][number]],
    );
    const splits = splitImages({ ...madeUp(200, 1), samples: [], annotations }, parts, 0);
    const groups = [
      images.map(({ id }) => id),
      images.filter(({ id }) => id % 4 === 0).map(({ id }) => id),
      ...['dam', 'ship'].map((name) =>
        annotations.filter(({ category }) => category === name).map(({ imageId }) => imageId),
      ),
    ];
    for (const ids of groups) {
      for (const { name, part } of parts) {
        const count = ids.filter((id) => splits.get(id) === name).length;
        expect(Math.abs(count - part * ids.length), `${name} of ${ids.length}`).toBeLessThanOrEqual(1.01);
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
    // In the order of the set, and not always its beginning.
    const order = dataset.samples.map(({ id }) => id);
    expect(ids(1)).toEqual(order.filter((id) => ids(1).includes(id)));
    expect(new Set([1, 2, 3, 4, 5, 6, 7, 8].flatMap(ids)).size).toBeGreaterThan(40);
    const all = subsetDataset(dataset, { count: dataset.samples.length, seed: 1 });
    expect(all.samples).toEqual(dataset.samples);
  });

  it('keeps images with the things of a category where there are no sentences', () => {
    const thing = (id: number, imageId: number, category: string) =>
      ({ id, imageId, category }) as unknown as Dataset['annotations'][number];
    const annotations = [thing(1, 0, 'ship'), thing(2, 0, 'car'), thing(3, 1, 'car'), thing(4, 3, 'ship')];
    const plain = { ...dataset, samples: [], images: dataset.images.slice(0, 5), annotations };
    const ids = (of: Dataset) => [of.images.map(({ id }) => id), of.annotations.map(({ id }) => id)];
    expect(ids(subsetDataset(plain, { categories: ['ship'], seed: 0 }))).toEqual([
      [0, 3],
      [1, 4],
    ]);
    expect(ids(subsetDataset(plain, { seed: 0 }))).toEqual([
      [0, 1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    const [drawn, theirs] = ids(subsetDataset(plain, { count: 2, seed: 3 }));
    expect(drawn).toHaveLength(2);
    expect(theirs).toEqual(annotations.filter(({ imageId }) => drawn.includes(imageId)).map(({ id }) => id));
    expect(() => subsetDataset(plain, { kinds: ['none'], seed: 0 })).toThrow('leave --kind out');
    expect(() => subsetDataset(plain, { categories: ['dam'], seed: 0 })).toThrow('no image fits');
  });

  it.each([
    [{ categories: ['submarine'] }, /no category 'submarine'; there are ship, car, dam/],
    [{ splits: ['testC'] }, /no split 'testC'; there are/],
    [{ categories: ['dam'], kinds: ['none' as const] }, /no sample fits/],
  ])('says what is wrong with %j', (options, message) => {
    expect(() => subsetDataset(dataset, { ...options, seed: 0 })).toThrow(message);
  });
});
