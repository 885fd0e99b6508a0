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

/** What a tensor of a reference file may be called. A misspelt one would be compared with nothing, in silence. */
const knownName = /^(?:(?:param|input|output|grad|train\.output|train\.buffer)\..|loss$|loss_.)/;

/**
 * Reads a reference file. Throws a UserError when it is no safetensors file, lacks kind, config or tolerance, has a tensor
 * of an unknown name, or nothing to compare with.
 */
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
  const value = <Schema extends z.ZodType>(key: string, schema: Schema): z.output<Schema> => {
    try {
      return schema.parse(JSON.parse(entry(key)));
    } catch (error) {
      const [issue] = error instanceof z.ZodError ? error.issues : [];
      const what = issue ? `${issue.path.join('.')} ${issue.message}`.trim() : (error as Error).message;
      throw error instanceof UserError
        ? error
        : new UserError(`${file}: ${key} in its metadata: ${what}`, { cause: error });
    }
  };
  const hasTraining = metadata.get('train') === '1';
  const names = [...tensors.keys()];
  const unknown = names.find((name) => !knownName.test(name));
  if (unknown)
    throw new UserError(`${file}: ${unknown}: tensors are param.*, input.*, output.*, grad.*, train.* or loss`);
  const lacking = (prefix: string): boolean => !names.some((name) => name.startsWith(prefix));
  if (lacking('output.')) throw new UserError(`${file}: no output.* to compare with`);
  if (hasTraining && (lacking('grad.') || lacking('loss')))
    throw new UserError(`${file}: its metadata speaks of training, but it has no loss or no grad.*`);
  return {
    file,
    kind: entry('kind'),
    config: value('config', z.record(z.string(), z.unknown())),
    tolerances: value('tolerance', tolerancesSchema),
    hasTraining,
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
