import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, ids, sceneDataset, testLoaders, writeScenes } from './testLoader.js';

let folder: string;
const { open, close } = testLoaders();
const makeDataset: typeof sceneDataset = (count, options) => sceneDataset(count, { root: folder, ...options });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-loader-'));
  await writeScenes(folder);
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('an epoch of a loader', () => {
  it('takes one split, and says which there are', async () => {
    expect(open(makeDataset(12), { split: 'val' }).samplesPerEpoch).toBe(3);
    expect(() => open(makeDataset(12), { split: 'test' })).toThrow('has no split test; it has train, val');
    expect(() => open(makeDataset(0))).toThrow('has no sentences');
    expect(() => open(makeDataset(3), { dropLast: true })).toThrow(
      '3 samples do not fill a batch of 4: take a batch of at most 3, or more samples',
    );
    expect(() => open(makeDataset(3), { batch: 0 })).toThrow('batch 0');
  });

  it('leaves out what has no weight, also from the count of an epoch', async () => {
    const loader = open(makeDataset(12), { weight: ({ category }) => (category === 'ship' ? 0 : 1) });
    expect([loader.samplesPerEpoch, loader.batchesPerEpoch]).toEqual([8, 2]);
    const shown = (await collect(loader.epoch(0))).flatMap(({ samples }) => samples);
    expect(shown.map(({ category }) => category)).toEqual(new Array(8).fill('car'));
  });

  it('mixes datasets by weight', async () => {
    const large = makeDataset(80);
    const small = { ...makeDataset(20), root: folder };
    const own = new Set(small.samples);
    const loader = open(
      [
        { dataset: large, weight: 1 },
        { dataset: small, weight: 1 },
      ],
      { shuffle: true },
    );
    const shown = (await collect(loader.epoch(0))).flatMap(({ samples }) => samples);
    expect(shown.length).toBe(100);
    expect(shown.filter((sample) => own.has(sample)).length).toBe(50);
  });

  it('draws one sentence a target each epoch', async () => {
    const dataset = makeDataset(6);
    const again = dataset.samples.map((sample) => ({ ...sample, id: `${sample.id}b` }));
    const both = { ...dataset, samples: [...dataset.samples, ...again] };
    const loader = open(both, { sentences: 'one-per-target' });
    const epochs = await Promise.all([0, 1, 2].map(async (epoch) => ids(await collect(loader.epoch(epoch))).flat()));
    expect(epochs[0].length).toBe(6);
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
    expect(epochs[0].map((id) => id.replace('b', ''))).toEqual(dataset.samples.map(({ id }) => id));
  });

  it('takes sentences for those of one target only where picture and targets are the same', async () => {
    const { samples, ...dataset } = makeDataset(4);
    const [a, b, c, d] = samples;
    const mixed = [
      { ...a, targets: [7] },
      { ...b, targets: [7] },
      { ...c, image: a.image, targets: [7, 8] },
      { ...d, image: a.image, targets: [7] },
      { ...d, id: 'about nothing', image: a.image, targets: [] },
      { ...d, id: 'about nothing either', image: a.image, targets: [] },
    ];
    const loader = open({ ...dataset, samples: mixed }, { sentences: 'one-per-target' });
    expect(loader.samplesPerEpoch).toBe(5);
  });
});
