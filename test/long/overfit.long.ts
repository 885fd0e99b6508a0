import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelName, modelConfigSchema } from '../../src/models/index.js';
import { trainInFolder } from '../../src/training/index.js';
import { writeShapes } from '../training/shapesDataset.js';

const sizePx = 96;
const wantedIou = 95;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-overfit-'));
  await writeShapes(join(folder, 'shapes'), { pictures: 8, sizePx });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains on 16 samples until the moving average scores well on them; gives the best score and the steps it took. */
async function overfit(model: ModelName, batch: number): Promise<{ best: number; steps: number; seconds: number }> {
  const stop = new AbortController();
  const busy = process.cpuUsage();
  let best = 0;
  let steps = 0;
  await trainInFolder(
    {
      data: [{ folder: join(folder, 'shapes') }],
      validationSplit: 'train',
      protocol: 'rrsis',
      model: { model, preset: 'nano', imageSizePx: sizePx },
      batch,
      epochs: 10_000,
      // Single pictures are a noisy lot: they need more steps, and a rate that falls to its end.
      maxSteps: batch === 1 ? 600 : 400,
      validateEvery: 50,
      schedule: { kind: 'cosine', warmUpSteps: 20 },
      optimiser: { kind: 'adamw', learningRate: batch === 1 ? 1e-3 : 2e-3, weightDecay: 0 },
      vocabulary: { minCount: 1 },
      augment: null,
      splitWords: 0,
      ema: 0.98,
      saveEvery: 10_000,
      threads: 1,
    },
    {
      runs: folder,
      name: `${model}-${batch}`,
      signal: stop.signal,
      reporter: {
        onValidation({ score, progress }) {
          if (score > best) [best, steps] = [score, progress.step];
          if (score >= wantedIou) stop.abort();
        },
      },
    },
  );
  const { user, system } = process.cpuUsage(busy);
  const seconds = Math.round((user + system) / 1e6);
  process.stdout.write(
    `${model}, batch ${batch}: mIoU ${best.toFixed(1)} after ${steps} steps, ${seconds} s of processor time\n`,
  );
  return { best, steps, seconds };
}

describe(`every model's nano preset learns 16 samples by heart (mIoU ${wantedIou})`, () => {
  for (const model of modelConfigSchema.shape.model.options) {
    it(model, async () => expect((await overfit(model, 8)).best).toBeGreaterThanOrEqual(wantedIou));
  }
});

describe('pictures that differ much do not collapse batch normalisation in batches of', () => {
  for (const batch of [1, 2, 4]) {
    it(`${batch}`, async () => expect((await overfit('mrsnet', batch)).best).toBeGreaterThanOrEqual(wantedIou));
  }
});
