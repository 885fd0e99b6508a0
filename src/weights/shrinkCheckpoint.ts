import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor, Runtime, RuntimeOptions } from '../engine/index.js';
import { readIfThere } from '../files/index.js';
import { createTensor, encodeFloat16, type Tensor } from '../tensors/index.js';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { type Deviation, drawProbes, logitsOf, type Probe, soundDeviation } from './deviation.js';
import { writeNewFolder } from './newFolder.js';
import { quantise } from './quantised.js';

/** How weights are stored: whole numbers of one byte with a factor a row, or half precision. */
export type ShrunkForm = 'int8' | 'half';

/** What became smaller and what that costs. */
export interface ShrinkReport {
  readonly as: ShrunkForm;
  readonly bytesBefore: number;
  readonly bytes: number;
  /** Null when no runtime was given to measure it with. */
  readonly deviation: Deviation | null;
}

/** Largest number of half precision; beyond it a tensor stays float32. */
const largestHalf = 65504;

/** Matrices and kernels in half precision; vectors (biases, norms, statistics) weigh little and stay float32. */
function halve(name: string, shape: readonly number[], data: Float32Array): Map<string, Tensor> {
  const fits = shape.length >= 2 && data.every((value) => Math.abs(value) <= largestHalf);
  const tensor = fits ? createTensor('F16', shape, encodeFloat16(data)) : createTensor('F32', shape, data);
  return new Map([[name, tensor as Tensor]]);
}

/** A weight as it is stored in a form: one tensor, or an int8 one with its factors under `name.scale`. */
export function shrinkTensor(as: ShrunkForm, name: string, shape: readonly number[], data: Float32Array) {
  return as === 'int8' ? quantise(name, shape, data) : halve(name, shape, data);
}

const formNames: Record<ShrunkForm, string> = {
  int8: 'whole numbers of 8 bits with one factor a row (symmetric), vectors as float32',
  half: 'half precision (float16), vectors as float32',
};

/** The model card with a section on how the weights are stored; its YAML head stays as it is. */
function cardOf(card: string | null, as: ShrunkForm, deviation: Deviation | null): string | undefined {
  if (card === null) return undefined;
  const measured = deviation
    ? ` Largest difference of a logit on ${deviation.probes} drawn pictures: ${deviation.largest.toPrecision(3)}, where logits run from ${deviation.range.map((value) => value.toPrecision(3)).join(' to ')}; ${(100 * deviation.agreement).toFixed(2)} % of the pixels are decided alike.`
    : '';
  return `${card.trimEnd()}\n\n## Stored form\n\nThe weights are stored as ${formNames[as]}, and computed with as float32.${measured}\n`;
}

/**
 * Writes a smaller copy of a checkpoint folder that every command takes like the original: `int8` is a quarter of its
 * size, `half` half of it. With a runtime the deviation of the logits is measured and told in the model card.
 * @param out a new folder
 * @param options.probes pictures and sentences to compare by; a few are drawn when left out
 * @param options.signal ends the work at its next safe point, with nothing written
 * @throws UserError when `folder` is no checkpoint, or `out` is a file, holds something or cannot be written, or the
 *   answers are no numbers; the signal's reason
 */
export async function shrinkCheckpoint(
  folder: string,
  out: string,
  options: {
    as: ShrunkForm;
    runtime?: Runtime;
    session?: RuntimeOptions;
    probes?: readonly Probe[];
    signal?: AbortSignal;
  },
): Promise<ShrinkReport> {
  const { as, runtime, session, signal } = options;
  const checkpoint = await loadCheckpoint(folder);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of checkpoint.weights) {
    for (const [stored, tensor] of shrinkTensor(as, name, shape, data)) tensors.set(stored, tensor);
  }
  const card = await readIfThere(join(folder, 'README.md'));
  let deviation: Deviation | null = null;
  await writeNewFolder(out, async (temporary) => {
    await saveCheckpoint(temporary, checkpoint, { tensors });
    if (runtime) {
      const { model } = checkpoint;
      const probes = options.probes ?? drawProbes(model, checkpoint, 4);
      const shrunk = await loadCheckpoint(temporary);
      const original = await logitsOf(model, new Map<string, HostTensor>(checkpoint.weights), probes, {
        runtime,
        session,
        signal,
      });
      const changed = await logitsOf(model, new Map<string, HostTensor>(shrunk.weights), probes, {
        runtime,
        session,
        signal,
      });
      deviation = soundDeviation(original, changed, { source: folder, as });
    }
    signal?.throwIfAborted();
    await saveCheckpoint(temporary, checkpoint, { tensors, card: cardOf(card, as, deviation) });
  });
  const sizeOf = async (place: string): Promise<number> => (await stat(join(place, 'model.safetensors'))).size;
  return { as, bytesBefore: await sizeOf(folder), bytes: await sizeOf(out), deviation };
}
