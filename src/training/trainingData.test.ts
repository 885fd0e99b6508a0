import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Loader } from '../datasets/index.js';
import { completeTrainingConfig } from './configYaml.js';
import { tinyOptions, writeTinySet } from './testRun.js';
import type { TrainingOptions } from './trainingConfig.js';
import { openTrainingData, trainingLoader, validationLoader } from './trainingData.js';

let folder: string;
let set: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-data-'));
  set = await writeTinySet(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configOf = (change: Partial<TrainingOptions> = {}) =>
  completeTrainingConfig(tinyOptions(set, { workers: 0, ...change }), 'test');

async function batchesOf(loader: Loader | null): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of loader?.epoch(0) ?? []) batches.push(batch);
  await loader?.close();
  return batches;
}

describe('the data of a run', () => {
  it('are the sentences of the training split, in the language asked for', async () => {
    const all = await openTrainingData(configOf());
    const wanted = all.datasets[0].dataset.samples.filter(({ split }) => split === 'train');
    expect(all.sentences).toEqual(wanted.map(({ sentence }) => sentence));
    const chinese = await openTrainingData(configOf({ language: 'zh', trainSplit: 'val' }));
    expect(chinese.sentences.length).toBeGreaterThan(0);
    expect(chinese.sentences.every((sentence) => sentence.startsWith('第'))).toBe(true);
  });

  it.each([
    ['unit', 0, 1],
    ['imagenet', -2.2, 2.7],
  ] as const)('are validated on %s pixels, samples of the split in their order', async (pixels, least, most) => {
    const config = configOf();
    const data = await openTrainingData(config);
    const batches = await batchesOf(validationLoader(data, config, { sizePx: 16, pixels, batch: 4 }));
    const shown = batches.flatMap(({ samples }) => samples);
    expect(shown).toEqual(data.datasets[0].dataset.samples.filter(({ split }) => split === 'val'));
    const values = batches.flatMap(({ images }) => [...images]);
    // Noise of every value: its lowest and highest show what it was divided by.
    expect(Math.min(...values)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...values)).toBeLessThanOrEqual(most);
    expect(Math.min(...values) < 0).toBe(pixels === 'imagenet');
  });

  it('are validated on drawn samples where these are fewer, and not at all without a split', async () => {
    const config = configOf({ validationSamples: 5 });
    const data = await openTrainingData(config);
    const sizes = { sizePx: 16, pixels: 'unit', batch: 4 } as const;
    const drawn = (await batchesOf(validationLoader(data, config, sizes))).flatMap(({ samples }) => samples);
    const order = data.datasets[0].dataset.samples;
    expect(drawn).toHaveLength(5);
    expect(drawn).toEqual(order.filter((sample) => drawn.includes(sample)));
    const many = configOf({ validationSamples: 500 });
    expect(validationLoader(data, many, sizes)?.samplesPerEpoch).toBe(
      order.filter(({ split }) => split === 'val').length,
    );
    expect(validationLoader(data, configOf({ validationSplit: '' }), sizes)).toBeNull();
  });

  it('are trained on as bytes, mixed anew each epoch, with class maps where they are learnt', async () => {
    const config = configOf({ augment: null, batch: 4 });
    const data = await openTrainingData(config);
    const loader = trainingLoader(data, config, { sizePx: 16, pixels: 'unit', classes: ['ship', 'car'] });
    const [first, second] = [await loader.epoch(0).next(), await loader.epoch(1).next()];
    await loader.close();
    const [a, b] = [first.value as Batch, second.value as Batch];
    expect([a.images.length, a.pixels.length, a.classMaps?.length]).toEqual([0, 4 * 16 * 16 * 3, 4 * 4 * 4]);
    expect(a.samples.map(({ id }) => id)).not.toEqual(b.samples.map(({ id }) => id));
    expect([...a.samples, ...b.samples].every(({ split }) => split === 'train')).toBe(true);
    const plain = trainingLoader(data, config, { sizePx: 16, pixels: 'unit', classes: [] });
    expect(((await plain.epoch(0).next()).value as Batch).classMaps).toBeNull();
    await plain.close();
  });

  it('are balanced as asked, set by set', async () => {
    const kinds = { single: 0, multi: 1, none: 1 };
    const config = configOf({ balance: { kinds }, augment: null, epochs: 1, batch: 2 });
    const data = await openTrainingData(config);
    const batches = await batchesOf(trainingLoader(data, config, { sizePx: 16, pixels: 'unit', classes: [] }));
    const shown = batches.flatMap(({ samples }) => samples.map(({ kind }) => kind));
    expect(shown.length).toBeGreaterThan(3);
    expect(shown).not.toContain('single');
    expect(Math.abs(shown.filter((kind) => kind === 'none').length - shown.length / 2)).toBeLessThanOrEqual(1);
  });
});
