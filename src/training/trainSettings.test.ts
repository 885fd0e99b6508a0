import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoreResult } from '../evaluation/index.js';
import { openSafetensors } from '../weights/index.js';
import { readMetrics } from './metricsFile.js';
import { batchIou } from './runRecorder.js';
import { tinyModel, tinyOptions, writeTinySet } from './testRun.js';
import { mainScore } from './train.js';
import type { BatchReport } from './trainer.js';
import type { TrainingOptions } from './trainingConfig.js';
import type { TrainingOutset, TrainingReporter } from './trainingReporter.js';
import { trainInFolder } from './trainingRun.js';

const session = { optimisation: 'none' } as const;

let folder: string;
let set: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-settings-'));
  set = await writeTinySet(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;
/** Trains, without validation unless it is asked for, and gives the rows of its metrics and its last weights. */
async function trained(change: Partial<TrainingOptions>, reporter: TrainingReporter = {}) {
  const starts: TrainingOutset[] = [];
  const { folder: run, ended } = await trainInFolder(
    tinyOptions(set, { validationSplit: '', ema: 0, augment: null, workers: 0, ...change }),
    {
      runs: join(folder, 'runs'),
      session,
      name: `run-${runs++}`,
      reporter: { ...reporter, onStart: (start) => void starts.push(start) },
    },
  );
  const rows = readMetrics(join(run, 'metrics.csv'));
  const file = await openSafetensors(join(run, 'checkpoints/last/model.safetensors'));
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const name of file.names) {
    weights.set(name, { shape: file.shape(name), data: (await file.read(name)).data as Float32Array });
  }
  await file.close();
  return { ended, rows, weights, outset: starts[0] };
}
type Weights = Awaited<ReturnType<typeof trained>>['weights'];

/** Tensors that are not the same, to the bit. */
const changed = (a: Weights, b: Weights): string[] =>
  [...a].filter(([name, { data }]) => data.some((value, at) => value !== b.get(name)?.data[at])).map(([name]) => name);

const constant = { kind: 'constant', warmUpSteps: 0 } as const;
const once = { maxSteps: 1, schedule: constant, textLearningRate: 1, clipNorm: 0 } as const;

describe('parameters', () => {
  it('decay where they are matrices and no tables, or as published', async () => {
    // One step from the same weights along the same gradients: only what decays differs.
    const decaying = async (groups: 'matrices' | 'published'): Promise<[string[], Weights]> => {
      const [without, with_] = [
        await trained({ ...once, groups, optimiser: { kind: 'adamw', learningRate: 1e-2, weightDecay: 0 } }),
        await trained({ ...once, groups, optimiser: { kind: 'adamw', learningRate: 1e-2, weightDecay: 0.5 } }),
      ];
      return [changed(with_.weights, without.weights), without.weights];
    };
    const [matrices, weights] = await decaying('matrices');
    // Nothing follows the deepest stage's gate, as published: without a gradient nothing decays.
    const isUnused = (name: string): boolean => name.startsWith('backbone.layers.3.res_gate.');
    const isMatrix = (name: string): boolean =>
      (weights.get(name)?.shape.length ?? 0) >= 2 && !/embeddings/.test(name) && !isUnused(name);
    expect(matrices.sort()).toEqual([...weights.keys()].filter(isMatrix).sort());
    expect(matrices.length).toBeGreaterThan(10);
    const [published] = await decaying('published');
    // LAVT's recipe: norms of the backbone do not decay, biases do, and of the text encoder the layers alone train.
    expect(published.filter((name) => name.startsWith('backbone.') && /norm/.test(name))).toEqual([]);
    expect(published.filter((name) => name.startsWith('text_encoder.embeddings'))).toEqual([]);
    expect(published.some((name) => name.startsWith('text_encoder.encoder.layer.0.'))).toBe(true);
    expect(published.some((name) => name.startsWith('classifier.') && name.endsWith('.bias'))).toBe(true);
  });

  it('of the text encoder move at their share of the rate', async () => {
    const sgd = { kind: 'sgd', learningRate: 0.1, weightDecay: 0 } as const;
    const [still, none, half, whole] = [
      await trained({ ...once, optimiser: { ...sgd, learningRate: 0 } }),
      await trained({ ...once, optimiser: sgd, textLearningRate: 0 }),
      await trained({ ...once, optimiser: sgd, textLearningRate: 0.5 }),
      await trained({ ...once, optimiser: sgd }),
    ];
    const isText = (name: string): boolean => name.startsWith('text_encoder.');
    expect(changed(none.weights, still.weights).filter(isText)).toEqual([]);
    expect(changed(none.weights, whole.weights).every(isText)).toBe(true);
    const path = ({ weights }: typeof whole): number[] =>
      [...weights]
        .filter(([name]) => isText(name))
        .flatMap(([name, { data }]) =>
          [...data].map((value, at) => value - (still.weights.get(name)?.data[at] ?? Number.NaN)),
        );
    const [short, long] = [Math.hypot(...path(half)), Math.hypot(...path(whole))];
    expect(long).toBeGreaterThan(0);
    expect(short / long).toBeCloseTo(0.5, 3);
  });
});

describe('gradients', () => {
  it('are clipped to their global norm, or not at all', async () => {
    const optimiser = { kind: 'sgd', learningRate: 1, weightDecay: 0 } as const;
    const [still, clipped, plain] = [
      await trained({ ...once, optimiser: { ...optimiser, learningRate: 0 } }),
      await trained({ ...once, optimiser, clipNorm: 1e-2 }),
      await trained({ ...once, optimiser, clipNorm: 0 }),
    ];
    const distance = ({ weights }: typeof still): number =>
      Math.hypot(
        ...[...weights].flatMap(([name, { data }]) =>
          [...data].map((value, at) => value - (still.weights.get(name)?.data[at] ?? Number.NaN)),
        ),
      );
    const [{ gradientNorm }] = plain.rows;
    expect(gradientNorm).toBeGreaterThan(0.02);
    expect(distance(plain) / gradientNorm).toBeCloseTo(1, 2);
    expect(distance(clipped) / 1e-2).toBeCloseTo(1, 2);
    expect(clipped.rows[0].gradientNorm).toBeCloseTo(gradientNorm, 4);
  });

  it('of several batches are averaged, as those of one large batch', async () => {
    // This term alone is a mean over samples, and nothing here looks at the rest of the batch or draws at random.
    const alike = {
      ...once,
      loss: { crossEntropy: 0, dice: 0, noTarget: 1 },
      model: { ...tinyModel, noTarget: true, text: { ...tinyModel.text, dropout: 0 } },
      splitWords: 0,
      optimiser: { kind: 'sgd', learningRate: 0, weightDecay: 0 },
    } as const;
    const large = await trained({ ...alike, batch: 4 });
    const small = await trained({ ...alike, batch: 2, accumulate: 2 });
    expect(small.rows.map(({ step, gradientNorm }) => [step, gradientNorm !== undefined])).toEqual([
      [0, false],
      [1, true],
    ]);
    expect(large.rows[0].gradientNorm).toBeGreaterThan(0);
    expect(small.rows[1].gradientNorm / large.rows[0].gradientNorm).toBeCloseTo(1, 3);
  });
});

describe('a run', () => {
  it('warms up for at most half of its steps', async () => {
    const optimiser = { kind: 'adamw', learningRate: 0.5e-3 } as const;
    const schedule = { kind: 'constant', warmUpSteps: 100 } as const;
    const { rows } = await trained({ maxSteps: 6, optimiser, schedule });
    const shares = rows.map(({ learningRate }) => learningRate / 0.5e-3);
    for (const [step, wanted] of [1 / 3, 2 / 3, 1, 1, 1, 1].entries()) expect(shares[step]).toBeCloseTo(wanted, 4);
  });

  it('has as many steps as its epochs give, and validates after each epoch', async () => {
    const change = { maxSteps: null, epochs: 2, accumulate: 2, validateEvery: null, batch: 4 } as const;
    const { outset, rows } = await trained({ ...change, validationSplit: 'val', validationSamples: 3 });
    const { batchesPerEpoch, totalSteps } = outset;
    expect(batchesPerEpoch).toBe(Math.floor(outset.samples / 4));
    expect(totalSteps).toBe(Math.floor((2 * batchesPerEpoch) / 2));
    const validated = rows.flatMap((row, at) => (row.val_gIoU === undefined ? [] : [at]));
    // Rows of an epoch's batches and one of its validation.
    expect(validated).toEqual([batchesPerEpoch, 2 * batchesPerEpoch + 1]);
  });

  it('validates the same drawn samples each time, others for another seed', async () => {
    const idsOf = async (seed: number): Promise<string[]> => {
      const ids: string[] = [];
      const change = { seed, validationSplit: 'val', validationSamples: 4, validateEvery: 1, maxSteps: 2 } as const;
      const { outset } = await trained(change, { onValidationSample: ({ sample }) => void ids.push(sample.id) });
      expect(outset.validationSamples).toBe(4);
      return ids;
    };
    const first = await idsOf(1);
    expect(new Set(first.slice(0, 4)).size).toBe(4);
    expect(first.slice(4)).toEqual(first.slice(0, 4));
    expect((await idsOf(2)).slice(0, 4)).not.toEqual(first.slice(0, 4));
  });

  it('ends after as many validations without gain as it has patience for', async () => {
    const still = { optimiser: { kind: 'adamw', learningRate: 0 }, patience: 2, validateEvery: 1 } as const;
    const { ended, rows } = await trained({ ...still, validationSplit: 'val', validationSamples: 2 });
    expect(ended).toBe('no better for long');
    expect(rows.filter((row) => row.val_gIoU !== undefined)).toHaveLength(3);
  });

  it('spells known words in pieces as often as asked', async () => {
    const lossAt = async (splitWords: number): Promise<number> =>
      (await trained({ ...once, splitWords, vocabulary: { minCount: 1 } })).rows[0].loss;
    expect(await lossAt(1)).not.toBe(await lossAt(0));
  });
});

describe('figures', () => {
  it('of a batch are of the samples that have a target or an answer', () => {
    const report = (intersection: number[], union: number[]) =>
      batchIou({ intersection: Float32Array.from(intersection), union: Float32Array.from(union) } as BatchReport);
    expect(report([5, 0, 0], [10, 4, 0])).toBe(25);
    expect(report([0], [0])).toBeNull();
  });

  it('that validations are compared by are those of the protocol', () => {
    const all = { samples: 2, mIoU: 11, gIoU: 22 };
    const of = (protocol: string, scores: object = all) =>
      mainScore({ protocol, all: scores } as unknown as ScoreResult);
    expect([of('rrsis'), of('gres'), of('gres', { samples: 0, gIoU: null })]).toEqual([11, 22, 0]);
  });
});
