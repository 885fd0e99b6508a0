import { arrayOfDType } from './dtype.js';
import { encodeSafetensorsHeader, parseSafetensorsHeader, type SafetensorsEntry } from './safetensorsHeader.js';
import { bytesOfTensor, checkTensor, type Tensor } from './tensor.js';

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by name, in the order of the header. */
  readonly tensors: Map<string, Tensor>;
  /** `__metadata__`, empty when the file has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Makes a tensor of an entry's bytes: a view where they are aligned to the elements, else a copy.
 * @param entry what the header says of the tensor
 * @param bytes exactly its bytes, `entry.end - entry.begin` of them
 */
export function tensorOfBytes(entry: Pick<SafetensorsEntry, 'dtype' | 'shape'>, bytes: Uint8Array): Tensor {
  const array = arrayOfDType[entry.dtype];
  const size = array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const data = new array(aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
  return { dtype: entry.dtype, shape: entry.shape, data } as Tensor;
}

/**
 * Reads a whole safetensors file from memory, strictly. Tensors are views of `bytes` where alignment allows: copy those
 * that you mean to change.
 * @param bytes the file
 * @param options source: names the file in errors
 * @throws UserError as `parseSafetensorsHeader` does
 */
export function readSafetensors(bytes: Uint8Array, { source = 'safetensors' }: { source?: string } = {}): Safetensors {
  const { entries, metadata } = parseSafetensorsHeader(bytes, { source });
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of entries) tensors.set(name, tensorOfBytes(entry, bytes.subarray(entry.begin, entry.end)));
  return { tensors, metadata };
}

/**
 * Writes tensors as the bytes of a safetensors file. The same tensors and metadata give the same bytes, whatever the
 * order in which they are handed in.
 * @throws UserError when a tensor's array does not fit its dtype and shape, or as `encodeSafetensorsHeader` does
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Uint8Array {
  for (const [name, tensor] of tensors) checkTensor(tensor, name);
  const layouts = [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const { bytes: header, entries } = encodeSafetensorsHeader(layouts, metadata);
  const file = new Uint8Array(entries.at(-1)?.end ?? header.byteLength);
  file.set(header);
  for (const { name, begin } of entries) file.set(bytesOfTensor(tensors.get(name)!), begin);
  return file;
}
