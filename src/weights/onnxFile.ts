import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ExternalLocation, type HostTensor, type SmallWeight, serialize } from '../engine/index.js';
import { bytesOfTensor, type Tensor } from '../tensors/index.js';
import type { ExportGraph } from './exportGraph.js';
import { writeBytes } from './fileBytes.js';
import { scaleSuffix } from './quantised.js';
import { type ShrunkForm, shrinkTensor } from './shrinkCheckpoint.js';

/** One weight as it goes into the file. */
interface StoredParts {
  readonly bytes: Uint8Array;
  readonly small: ((content: Uint8Array | ExternalLocation) => SmallWeight) | null;
}

function storedParts(name: string, { shape, data }: HostTensor, as: ShrunkForm | undefined): StoredParts {
  const floats = data as Float32Array;
  const plain = { bytes: new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), small: null };
  if (!as) return plain;
  const tensors = shrinkTensor(as, name, shape, floats);
  const tensor = tensors.get(name) as Tensor;
  if (tensor.dtype === 'F16') {
    return { bytes: bytesOfTensor(tensor), small: (content) => ({ type: 'float16', content }) };
  }
  if (tensor.dtype !== 'I8') return plain;
  const { data: factors } = tensors.get(name + scaleSuffix) as Tensor<'F32'>;
  return { bytes: bytesOfTensor(tensor), small: (content) => ({ type: 'int8', content, factors }) };
}

/** Weights' places in a file beside the graph start at multiples of this, so that they can be mapped into memory. */
const alignment = 64;

/**
 * Writes the weights one after another into `path`.data and gives the graph that reads them from there. The folder is
 * there, and is a temporary one.
 */
export async function writeBeside(
  path: string,
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  as: ShrunkForm | undefined,
): Promise<{ model: Uint8Array; bytes: number }> {
  const file = `${path}.data`;
  const externalWeights = new Map<string, ExternalLocation>();
  const smallWeights = new Map<string, SmallWeight>();
  let offset = 0;
  const handle = await open(file, 'w');
  try {
    for (const [name, weight] of weights) {
      const { bytes, small } = storedParts(name, weight, as);
      const location = { file: basename(file), offset, length: bytes.byteLength };
      if (small) smallWeights.set(name, small(location));
      else externalWeights.set(name, location);
      await writeBytes(handle, offset, bytes);
      offset = Math.ceil((offset + bytes.byteLength) / alignment) * alignment;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const { model } = serialize(graph.outputs, { externalWeights, smallWeights, metadata: graph.metadata });
  return { model, bytes: offset };
}

/** The bytes of an ONNX file with the weights in it. */
export function serialiseInside(
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  as: ShrunkForm | undefined,
): Uint8Array {
  const whole = new Map<string, HostTensor>();
  const smallWeights = new Map<string, SmallWeight>();
  for (const [name, weight] of weights) {
    const { bytes, small } = storedParts(name, weight, as);
    if (small) smallWeights.set(name, small(bytes));
    else whole.set(name, weight);
  }
  return serialize(graph.outputs, { weights: whole, smallWeights, metadata: graph.metadata }).model;
}

/** Bytes above which a graph has its weights inside: one that names them beside it is a few megabytes. */
const mostGraphBytes = 1e8;

/** A file's size; null where there is none. Throws what else the file system throws. */
async function sizeOf(path: string): Promise<number | null> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return status?.size ?? null;
}

/**
 * Whether an ONNX file that is there names the weights `<its name>.data` beside it: a tensor's external data are pairs, one of
 * which is `location` and that name. False where there is no such file or no such weights. Throws what the file system throws
 * (EACCES).
 */
export async function namesItsData(path: string): Promise<boolean> {
  if ((await sizeOf(`${path}.data`)) === null) return false;
  const size = await sizeOf(path);
  if (size === null || size > mostGraphBytes) return false;
  const name = Buffer.from(`${basename(path)}.data`);
  const key = Buffer.from('location');
  // Fields 1 and 2 of onnx.proto's StringStringEntryProto; a file's name is as long as one or two bytes can say.
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  const pair = Buffer.concat([Buffer.of(0x0a, key.length), key, Buffer.of(0x12, ...length), name]);
  return (await readFile(path)).includes(pair);
}
