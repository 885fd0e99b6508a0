import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeTestRelease } from '../datasets/testRelease.js';
import type { TrainingOptions } from './trainingConfig.js';

/** Sizes that train in milliseconds a batch. */
export const tinyModel = {
  model: 'lavt',
  preset: 'nano',
  imageSizePx: 32,
  maxWords: 8,
  trunk: { widths: [8, 8, 8, 8], depths: [1, 1, 1, 1], norm: 'group' },
  text: { width: 8, layers: 1, heads: 1, hiddenWidth: 8 },
  decoder: { width: 8, norm: 'group' },
} as const;

/** Settings of a run of some ten batches on the release that `writeTestRelease` writes; for tests. */
export function tinyOptions(dataset: string, change: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    data: [{ folder: dataset }],
    model: tinyModel,
    batch: 2,
    epochs: 2,
    maxSteps: 10,
    validateEvery: 4,
    saveEvery: 3,
    schedule: { warmUpSteps: 2 },
    threads: 1,
    ...change,
  };
}

/** Writes the set of `tinyOptions` and gives its folder. */
export async function writeTinySet(folder: string): Promise<string> {
  const root = join(folder, 'set');
  await writeTestRelease(root);
  return root;
}

/** A mark of a file's bytes. */
export const hashOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** Marks of what a run leaves: the weights of both checkpoints. */
export const weightsOf = async (run: string): Promise<Record<string, string>> => ({
  last: await hashOf(join(run, 'checkpoints/last/model.safetensors')),
  best: await hashOf(join(run, 'checkpoints/best/model.safetensors')),
});
