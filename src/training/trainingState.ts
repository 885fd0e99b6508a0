import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { writeFileAtomic } from '../files/index.js';
import type { Tensor } from '../tensors/index.js';
import { openSafetensors, saveSafetensors } from '../weights/index.js';

const progressSchema = z.object({
  /** Optimiser steps done. */
  step: z.number().int().min(0),
  /** The next batch to train on. */
  epoch: z.number().int().min(0),
  index: z.number().int().min(0),
  /** Batches since the last validation. */
  sinceValidation: z.number().int().min(0),
  best: z.number().nullable(),
  validationsWithoutGain: z.number().int().min(0),
  /** Training time so far, over all sessions. */
  seconds: z.number().min(0),
  /** Length of metrics.csv that belongs to this state: what a killed run wrote after it is cut off on resume. */
  metricsBytes: z.number().int().min(0),
});

/** Where a run stands. */
export type TrainingProgress = z.infer<typeof progressSchema>;

export const startOfTraining: TrainingProgress = {
  step: 0,
  epoch: 0,
  index: 0,
  sinceValidation: 0,
  best: null,
  validationsWithoutGain: 0,
  seconds: 0,
  metricsBytes: 0,
};

const stateFile = (generation: number): string => `state-${generation}.safetensors`;

/**
 * Saves all that a run needs to go on: one file of tensors and, after it, `progress.json`, which names that file. The
 * file before stays until the new one is in place, so that a kill at any moment leaves a whole state.
 */
export async function saveState(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  progress: TrainingProgress,
): Promise<void> {
  const previous = await readPointer(folder);
  const generation = (previous?.generation ?? 0) + 1;
  await saveSafetensors(join(folder, stateFile(generation)), tensors);
  await writeFileAtomic(join(folder, 'progress.json'), `${JSON.stringify({ generation, ...progress }, null, 2)}\n`);
  if (previous) await rm(join(folder, stateFile(previous.generation)), { force: true });
}

const pointerSchema = progressSchema.extend({ generation: z.number().int().positive() });

async function readPointer(folder: string): Promise<z.infer<typeof pointerSchema> | null> {
  const path = join(folder, 'progress.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = pointerSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UserError(`${path}: is no saved progress of a training run: ${parsed.error.message}`);
  return parsed.data;
}

/** Reads the last saved state; null when the run was ended before its first one. */
export async function loadState(
  folder: string,
): Promise<{ tensors: Map<string, Tensor>; progress: TrainingProgress } | null> {
  const pointer = await readPointer(folder);
  if (!pointer) return null;
  const { generation, ...progress } = pointer;
  const source = await openSafetensors(join(folder, stateFile(generation)));
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of source.names) tensors.set(name, await source.read(name));
    return { tensors, progress };
  } finally {
    await source.close();
  }
}

/** Moves a finished file or folder over an older one of the same name. */
export async function replaceFolder(from: string, to: string): Promise<void> {
  const aside = `${to}.old`;
  await rm(aside, { recursive: true, force: true });
  await rename(to, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(from, to);
  await rm(aside, { recursive: true, force: true });
}
