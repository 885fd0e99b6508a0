import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { HostTensor } from '../../src/engine/index.js';
import { UserError } from '../../src/errors/index.js';
import { readSafetensors, type Tensor } from '../../src/tensors/index.js';

const toleranceSchema = z.object({ rtol: z.number(), atol: z.number() });
const tolerancesSchema = z.object({
  output: toleranceSchema,
  train: toleranceSchema.optional(),
  grad: toleranceSchema.optional(),
});

export type Tolerance = z.output<typeof toleranceSchema>;

/** A reference file: what it describes, and its tensors under their full names (`param.x`, `output.y`). */
export interface Reference {
  readonly file: string;
  readonly kind: string;
  /** Hyper-parameters; each kind checks those it reads. */
  readonly config: unknown;
  readonly tolerances: z.output<typeof tolerancesSchema>;
  readonly hasTraining: boolean;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

function hostTensor(name: string, tensor: Tensor): HostTensor {
  if (tensor.dtype === 'F32') return { type: 'float32', shape: tensor.shape, data: tensor.data };
  if (tensor.dtype === 'I64') return { type: 'int64', shape: tensor.shape, data: tensor.data };
  throw new UserError(`${name} is ${tensor.dtype}; reference files hold F32 and I64`);
}

/** Reads a reference file. Throws a UserError when it is no safetensors file or lacks kind, config or tolerance. */
export function readReference(file: string): Reference {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const { tensors, metadata } = readSafetensors(bytes, { source: file });
  const entry = (key: string): string => {
    const text = metadata.get(key);
    if (text === undefined) throw new UserError(`${file}: no ${key} in its metadata, so it is no reference file`);
    return text;
  };
  return {
    file,
    kind: entry('kind'),
    config: JSON.parse(entry('config')),
    tolerances: tolerancesSchema.parse(JSON.parse(entry('tolerance'))),
    hasTraining: metadata.get('train') === '1',
    tensors: new Map([...tensors].map(([name, tensor]) => [name, hostTensor(`${file}: ${name}`, tensor)])),
  };
}

/** The tensors whose name starts with a prefix, under the rest of their name. */
export function tensorsUnder(reference: Reference, prefix: string): Map<string, HostTensor> {
  const found = new Map<string, HostTensor>();
  for (const [name, tensor] of reference.tensors) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  }
  return found;
}
