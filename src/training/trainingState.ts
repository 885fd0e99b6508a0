import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/index.js';
import type { Tensor } from '../tensors/index.js';
import { openSafetensors, saveSafetensors } from '../weights/index.js';
import { readRunRecord } from './runRecord.js';

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
  /** The same of the TensorBoard file. */
  eventsBytes: z.number().int().min(0).default(0),
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
  eventsBytes: 0,
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
  const file = join(folder, stateFile(generation));
  await saveSafetensors(file, tensors);
  try {
    await writeFileAtomic(join(folder, 'progress.json'), `${JSON.stringify({ generation, ...progress }, null, 2)}\n`);
  } catch (error) {
    // On a full disk what nothing names would take the space that is needed to go on.
    await rm(file, { force: true });
    throw error;
  }
  if (previous) await rm(join(folder, stateFile(previous.generation)), { force: true });
}

const pointerSchema = progressSchema.extend({ generation: z.number().int().positive() });

const readPointer = (folder: string): Promise<z.infer<typeof pointerSchema> | null> =>
  readRunRecord(join(folder, 'progress.json'), pointerSchema, 'saved progress of a training run');

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

/** Takes away what a killed run left half-written in its state folder: files that `progress.json` does not name. */
export async function tidyState(folder: string): Promise<void> {
  const pointer = await readPointer(folder);
  const kept = pointer ? stateFile(pointer.generation) : '';
  for (const name of await readdir(folder)) {
    const isOther = /^state-\d+\.safetensors$/.test(name) && name !== kept;
    if (isOther || name.endsWith('.partial')) await rm(join(folder, name), { force: true });
  }
}

/**
 * Mends a folder of finished folders in which a kill interrupted `replaceFolder`: half-written ones go, and an older
 * one that was moved aside comes back where the new one is not in place.
 */
export async function tidyReplaced(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[];
    throw error;
  });
  for (const name of names) {
    if (name.endsWith('.partial')) await rm(join(folder, name), { recursive: true, force: true });
    if (!name.endsWith('.old')) continue;
    const target = name.slice(0, -'.old'.length);
    if (names.includes(target)) await rm(join(folder, name), { recursive: true, force: true });
    else await rename(join(folder, name), join(folder, target));
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
