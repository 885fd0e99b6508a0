import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '../files/index.js';
import { mapConcurrently } from './concurrently.js';
import { isFileError, withFile } from './fileProblem.js';
import type { DatasetTables } from './tables.js';

/** Raise when the columns or what readers put into them change: older indexes are then made anew. */
const indexVersion = 2;
const magic = 'refersat-index\n';
const indexName = '.refersat-index';
/** Below these sizes, reading the release is as quick as reading an index. */
const smallBytes = 2 ** 20;
const smallFiles = 200;

type TypedArray = Uint8Array | Int32Array | Uint32Array | Float64Array;
const types = { Uint8Array, Int32Array, Uint32Array, Float64Array } as const;
type TypeName = keyof typeof types;

/** What the sources looked like when an index was made. */
export interface SourceState {
  readonly version: number;
  readonly format: string;
  readonly files: readonly string[];
  /** Bytes and milliseconds of the last change of each source. */
  readonly sizes: readonly number[];
  readonly changed: readonly number[];
}

interface Placed {
  readonly type: TypeName;
  readonly offset: number;
  readonly length: number;
}

/** Looks at the files that a reading depends on. Throws a UserError naming one that cannot be looked at. */
export async function sourceState(root: string, format: string, files: readonly string[]): Promise<SourceState> {
  const states = await mapConcurrently(files, (file) => withFile(join(root, file), () => stat(join(root, file))), {
    limit: 64,
  });
  return {
    version: indexVersion,
    format,
    files,
    sizes: states.map(({ size }) => size),
    changed: states.map(({ mtimeMs }) => mtimeMs),
  };
}

/** True where an index saves time. */
export function isWorthIndexing({ files, sizes }: SourceState): boolean {
  return files.length > smallFiles || sizes.reduce((sum, size) => sum + size, 0) > smallBytes;
}

/** Where an index of a dataset may be: beside it, then in the user's cache folder. */
export function indexPaths(root: string, cacheFolder?: string): string[] {
  const name = `${createHash('sha256').update(resolve(root)).digest('hex').slice(0, 24)}.index`;
  if (cacheFolder !== undefined) return [join(cacheFolder, name)];
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return [join(root, indexName), join(cache, 'refersat', 'indexes', name)];
}

/** The bytes of an index: a line of magic, the length of a JSON head, the head, then the columns, each aligned to 8. */
export function encodeIndex(state: SourceState, tables: DatasetTables): Uint8Array {
  const columns: TypedArray[] = [];
  let offset = 0;
  const place = (value: unknown): unknown => {
    if (!ArrayBuffer.isView(value)) return value;
    const column = value as TypedArray;
    const type = column.constructor.name as TypeName;
    const placed: Placed = { type, offset, length: column.length };
    columns.push(column);
    offset += Math.ceil(column.byteLength / 8) * 8;
    return { $column: placed };
  };
  const head = Buffer.from(JSON.stringify({ state, tables }, (_, value) => place(value)));
  const start = Math.ceil((magic.length + 17 + head.length) / 8) * 8;
  const bytes = Buffer.alloc(start + offset);
  bytes.write(magic, 0, 'latin1');
  bytes.write(`${String(head.length).padStart(16)}\n`, magic.length, 'latin1');
  head.copy(bytes, magic.length + 17);
  let at = start;
  for (const column of columns) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += Math.ceil(column.byteLength / 8) * 8;
  }
  return bytes;
}

/** The tables of an index when it was made from the same sources; undefined when it was not, or is not an index. */
export function decodeIndex(bytes: Buffer, state: SourceState): DatasetTables | undefined {
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const headLength = Number(bytes.toString('latin1', magic.length, magic.length + 16));
  const headStart = magic.length + 17;
  if (!Number.isInteger(headLength) || headStart + headLength > bytes.length) return undefined;
  const start = Math.ceil((headStart + headLength) / 8) * 8;
  const head = JSON.parse(bytes.toString('utf8', headStart, headStart + headLength));
  if (JSON.stringify(head.state) !== JSON.stringify(state)) return undefined;
  const restore = (node: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
      const placed = (value as { $column?: Placed }).$column;
      if (!placed) {
        restore(value as Record<string, unknown>);
        continue;
      }
      const from = bytes.byteOffset + start + placed.offset;
      if (start + placed.offset > bytes.length) throw new RangeError('the index is cut off');
      node[key] = new types[placed.type](bytes.buffer as ArrayBuffer, from, placed.length);
    }
  };
  restore(head.tables);
  return head.tables as DatasetTables;
}

/** The tables kept for these sources, from the first place that has them; undefined when none does. */
export async function readIndex(paths: readonly string[], state: SourceState): Promise<DatasetTables | undefined> {
  for (const path of paths) {
    try {
      const tables = decodeIndex(await readAligned(path), state);
      if (tables) return tables;
    } catch {
      // No index, one of another time or a broken one: the release itself is read, and the index made anew.
    }
  }
  return undefined;
}

/** A file in a buffer of its own, so that columns inside it are aligned. */
async function readAligned(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  return bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
}

/** Keeps tables for the next time in the first place that can be written; gives that place, undefined when none can. */
export async function writeIndex(
  paths: readonly string[],
  state: SourceState,
  tables: DatasetTables,
): Promise<string | undefined> {
  const bytes = encodeIndex(state, tables);
  for (const path of paths) {
    try {
      await writeFileAtomic(path, bytes);
      return path;
    } catch (error) {
      // A dataset on a read-only or full disk: the next place is tried; without any, each opening reads the release.
      if (!isFileError(error)) throw error;
    }
  }
  return undefined;
}
