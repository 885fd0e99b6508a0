import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
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

const inflate = promisify(inflateRaw);

/** Gives yauzl the file's bytes; a place outside of the file is an ordinary error, not an exception out of nowhere. */
class FileReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly fileBytes: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!(position >= 0 && position + length <= this.fileBytes)) {
      setImmediate(callback, new Error(`byte ${position} lies outside of the file`));
      return;
    }
    this.handle
      .read(buffer, offset, length, position)
      .then(({ bytesRead }) => callback(bytesRead === length ? null : new Error('the file became shorter')), callback);
  }

  override close(callback: (error: Error | null) => void): void {
    setImmediate(callback, null);
  }
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
    const { size } = await handle.stat();
    zip = await fromRandomAccessReaderPromise(new FileReader(handle, size), size, {
      lazyEntries: true,
      autoClose: false,
    });
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
        const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
        if (entry.compressionMethod === 0) return await readBytes(handle, fileDataStart + begin, end - begin, source);
        if (entry.compressionMethod !== 8) throw new Error(`compressed by method ${entry.compressionMethod}`);
        const packed = await readBytes(handle, fileDataStart, entry.compressedSize, source);
        const unpacked = await inflate(packed, { maxOutputLength: Math.max(1, entry.uncompressedSize) });
        if (unpacked.length !== entry.uncompressedSize) throw new Error('it unpacks to another size than it states');
        return Uint8Array.from(unpacked.subarray(begin, end));
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError(
          `${source}: its entry ${name} is damaged: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
  };
}
