import { rename, rm, stat } from 'node:fs/promises';
import { floatTensor, type HostTensor, type Runtime } from '../engine/index.js';
import { explainWriting, refuseFolders, temporaryName } from '../files/index.js';
import { createTensor, type Tensor } from '../tensors/index.js';
import type { Checkpoint } from './checkpoint.js';
import { type Deviation, drawProbes, logitsOf, type Probe, soundDeviation } from './deviation.js';
import { dequantise } from './quantised.js';
import { openSafetensors, saveSafetensors } from './safetensorsFile.js';
import { type ShrunkForm, shrinkTensor } from './shrinkCheckpoint.js';
import { checkWeightsAreNumbers } from './soundWeights.js';

export interface SafetensorsExportOptions {
  /** Weights in half precision or int8; float32 when left out. */
  readonly as?: ShrunkForm;
  /** Compares a smaller file with the float32 model. */
  readonly runtime?: Runtime;
  readonly probes?: readonly Probe[];
  /** Ends the work at its next safe point: nothing is written then, and the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What an export wrote. */
export interface SafetensorsExportReport {
  readonly files: readonly string[];
  readonly bytes: number;
  /** Of the logits; null for float32 weights, and when no runtime was given. */
  readonly deviation: Deviation | null;
}

function storedTensors({ weights }: Checkpoint, as: ShrunkForm | undefined): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of weights) {
    if (as) for (const [part, tensor] of shrinkTensor(as, name, shape, data)) tensors.set(part, tensor);
    else tensors.set(name, createTensor('F32', [...shape], data) as Tensor);
  }
  return tensors;
}

/** How far the logits with the weights of a written file lie from the float32 model's. */
async function checkWeights(
  written: string,
  { model, weights, source, ...words }: Checkpoint,
  { as, signal, probes = drawProbes(model, words, 2) }: SafetensorsExportOptions,
  runtime: Runtime,
): Promise<Deviation> {
  const stored = new Map<string, HostTensor>();
  const file = await openSafetensors(written);
  try {
    for (const [name, { shape }] of weights) {
      stored.set(name, floatTensor(await dequantise(await file.read(name), name, file), shape));
    }
  } finally {
    await file.close();
  }
  const original = await logitsOf(model, new Map<string, HostTensor>(weights), probes, { runtime, signal });
  return soundDeviation(original, await logitsOf(model, stored, probes, { runtime, signal }), { source, as });
}

/**
 * Writes a model's bare weights as one safetensors file, with its configuration among the metadata.
 * @param path the file; an older one is replaced. Folders are made
 * @throws UserError when weights are not numbers, smaller ones give what is none, a folder has the file's name, or the file
 *   cannot be written: then nothing is
 */
export async function exportSafetensors(
  checkpoint: Checkpoint,
  path: string,
  options: SafetensorsExportOptions = {},
): Promise<SafetensorsExportReport> {
  const { as, runtime } = options;
  checkWeightsAreNumbers(checkpoint.source, checkpoint.weights, ', so nothing was written');
  await refuseFolders([path]);
  const temporary = temporaryName(path);
  const config = JSON.stringify(checkpoint.model.config);
  try {
    await saveSafetensors(temporary, storedTensors(checkpoint, as), { format: 'pt', config });
    const deviation = as && runtime ? await checkWeights(temporary, checkpoint, options, runtime) : null;
    const { size: bytes } = await stat(temporary);
    options.signal?.throwIfAborted();
    await rename(temporary, path);
    return { files: [path], bytes, deviation };
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWriting(error, path);
  }
}
