import type { FileHandle } from 'node:fs/promises';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { UserError } from '../errors/index.js';
import { readBytes } from './fileBytes.js';

/** A torch file opened as the zip archive that it is. */
export interface TorchArchive {
  /** The bytes of an entry, by its name behind the archive's folder (`data.pkl`); undefined when there is none. */
  readonly size: (name: string) => number | undefined;
  /**
   * Reads a part of an entry. A stored entry (torch stores them all) is read by offset; a compressed one is unpacked.
   * @throws UserError when the entry is missing, encrypted or cut short
   */
  read(name: string, begin: number, end: number): Promise<Uint8Array>;
  /** The entries' names. */
  readonly names: readonly string[];
}

async function collect(zip: ZipFile, source: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (error) {
    throw new UserError(`${source}: its zip directory is damaged: ${error instanceof Error ? error.message : error}`);
  }
  return entries;
}

/** Opens the zip form of torch.save (since torch 1.6). Throws a UserError when it is not one. */
export async function openTorchArchive(handle: FileHandle, source: string): Promise<TorchArchive> {
  let zip: ZipFile;
  try {
    zip = await fromFdPromise(handle.fd, { lazyEntries: true, autoClose: false });
  } catch (error) {
    throw new UserError(
      `${source}: cut short or damaged: its zip directory cannot be read (${error instanceof Error ? error.message : error}). Copy or download it again`,
    );
  }
  const all = await collect(zip, source);
  const pickles = all.filter(({ fileName }) => /^[^/]+\/data\.pkl$/.test(fileName));
  if (pickles.length !== 1)
    throw new UserError(
      `${source}: a zip archive, but not one of torch.save: it has ${pickles.length} entries data.pkl in a folder, expected 1`,
    );
  const folder = pickles[0].fileName.slice(0, -'data.pkl'.length);
  const entries = new Map<string, Entry>();
  for (const entry of all)
    if (entry.fileName.startsWith(folder)) entries.set(entry.fileName.slice(folder.length), entry);

  async function unpack(entry: Entry): Promise<Uint8Array> {
    // Deflate packs at most 1032 to 1: a larger claim must not take memory.
    if (entry.uncompressedSize > 1032 * entry.compressedSize + 1024)
      throw new UserError(`${source}: its entry ${entry.fileName} claims more bytes than it can hold`);
    const bytes = new Uint8Array(entry.uncompressedSize);
    let done = 0;
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      bytes.set(chunk as Buffer, done);
      done += (chunk as Buffer).length;
    }
    return bytes;
  }

  return {
    names: [...entries.keys()],
    size: (name) => entries.get(name)?.uncompressedSize,
    async read(name, begin, end) {
      const entry = entries.get(name);
      if (!entry) throw new UserError(`${source}: its entry ${name} is missing: the file is incomplete`);
      if (end > entry.uncompressedSize)
        throw new UserError(`${source}: its entry ${name} has ${entry.uncompressedSize} bytes, ${end} were expected`);
      if (entry.isEncrypted()) throw new UserError(`${source}: its entry ${name} is encrypted`);
      try {
        if (entry.compressionMethod !== 0) return (await unpack(entry)).subarray(begin, end);
        const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
        return await readBytes(handle, fileDataStart + begin, end - begin, source);
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError(
          `${source}: its entry ${name} is damaged: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
  };
}
