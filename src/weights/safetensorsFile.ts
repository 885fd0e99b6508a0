import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors/index.js';
import { temporaryName } from '../files/index.js';
import {
  bytesOfTensor,
  checkTensor,
  describeTensor,
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  readHeaderLength,
  type SafetensorsEntry,
  type Tensor,
  type TensorLayout,
  tensorOfBytes,
} from '../tensors/index.js';
import { readBytes, writeBytes } from './fileBytes.js';
import type { WeightSource } from './weightSource.js';

/**
 * Opens a safetensors file of any size; only its header is read.
 * @throws UserError when the header or the file's length is not what the format asks for (see `parseSafetensorsHeader`)
 */
export async function openSafetensors(path: string): Promise<WeightSource> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const start = await readBytes(handle, 0, Math.min(8, size), path);
    const headerBytes = 8 + readHeaderLength(start, size, path);
    const head = await readBytes(handle, 0, headerBytes, path);
    const { entries, metadata } = parseSafetensorsHeader(head, { fileBytes: size, source: path });
    const entryOf = (name: string): SafetensorsEntry => {
      const entry = entries.get(name);
      if (!entry) throw new UserError(`${path}: has no tensor ${JSON.stringify(name)}`);
      return entry;
    };
    return {
      source: path,
      names: [...entries.keys()],
      metadata,
      shape: (name) => entryOf(name).shape,
      dtype: (name) => entryOf(name).dtype,
      async read(name) {
        const entry = entryOf(name);
        return tensorOfBytes(entry, await readBytes(handle, entry.begin, entry.end - entry.begin, path));
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Writes a safetensors file tensor by tensor, so that one tensor at a time is in memory: under a temporary name, flushed
 * to the disk, then renamed. Whatever fails, the old file stays as it was.
 * @param path the file; missing folders are made
 * @param layouts name, dtype and shape of every tensor; a Map of tensors may be given through `layoutsOf`
 * @param read gives the tensor of a name; called once for each, in the order of the file
 * @param metadata texts to store with them
 * @throws UserError when a tensor that is read differs from its layout, or as `encodeSafetensorsHeader` does
 */
export async function writeSafetensors(
  path: string,
  layouts: Iterable<TensorLayout>,
  read: (name: string) => Tensor | Promise<Tensor>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Promise<void> {
  const { bytes, entries } = encodeSafetensorsHeader(layouts, metadata);
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    const handle = await open(temporary, 'w');
    try {
      await writeBytes(handle, 0, bytes);
      for (const entry of entries) {
        const tensor = await read(entry.name);
        checkTensor(tensor, entry.name);
        if (describeTensor(tensor) !== describeTensor(entry))
          throw new UserError(
            `${path}: tensor ${JSON.stringify(entry.name)} was announced as ${describeTensor(entry)}, got ${describeTensor(tensor)}`,
          );
        await writeBytes(handle, entry.begin, bytesOfTensor(tensor));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The layouts of tensors in memory, for `writeSafetensors(path, layoutsOf(tensors), (name) => tensors.get(name)!)`. */
export function layoutsOf(tensors: ReadonlyMap<string, Tensor>): TensorLayout[] {
  return [...tensors].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
}

/** Writes tensors in memory as a safetensors file, atomically. */
export function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeSafetensors(path, layoutsOf(tensors), (name) => tensors.get(name)!, metadata);
}
