import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readLines, temporaryName } from '../files/index.js';
import type { EarlierAnswer } from '../segmentation/index.js';
import type { SegmentRecord } from './segmentResults.js';

/** The `results.jsonl` of a folder, with a run's answers among those that stand there already. */
export interface AnswersFile {
  /** @param name what the answer's files are called: the earlier answer of that name is replaced in its place */
  write(record: SegmentRecord, name: string): Promise<void>;
  /** Gives the file its new lines; without any the file stays as it was. */
  commit(): Promise<void>;
  /** Leaves nothing unfinished behind, also after `commit`. */
  discard(): Promise<void>;
}

/** Where a line stands in the file of new lines. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** Bytes that are copied at once. */
const copyBytes = 1 << 20;

/** Appends a file's bytes to another, and says how the copy ends: whether a line may follow. */
async function appendFileTo(target: FileHandle, source: FileHandle): Promise<{ readonly isWholeLine: boolean }> {
  const piece = Buffer.alloc(copyBytes);
  let last = 10;
  for (let offset = 0; ; ) {
    const { bytesRead } = await source.read(piece, 0, piece.length, offset);
    if (bytesRead === 0) return { isWholeLine: last === 10 };
    await target.appendFile(piece.subarray(0, bytesRead));
    offset += bytesRead;
    last = piece[bytesRead - 1];
  }
}

/**
 * Opens a `results.jsonl`, with a file of the new lines beside it until `commit`; missing folders are made. Lines keep
 * their order, since an answer's place says what its files are called (readEarlierAnswers). Throws what the file system
 * throws (ENOSPC, EACCES).
 * @param earlier the answers that stand there
 */
export async function openAnswersFile(path: string, earlier: readonly EarlierAnswer[]): Promise<AnswersFile> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  const handle = await open(temporary, 'w+');
  const rowOf = new Map(earlier.map(({ name }, row) => [name.toLowerCase(), row]));
  const replaced = new Map<number, Place>();
  const added: Place[] = [];
  let end = 0;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };

  const newLine = async ({ offset, bytes }: Place): Promise<Buffer> => {
    const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, offset);
    return buffer;
  };

  /** The old lines with nothing in their place: they are copied as they are, and the new ones follow. */
  const append = async (merged: FileHandle): Promise<void> => {
    const older = await open(path);
    try {
      const { isWholeLine } = await appendFileTo(merged, older);
      if (!isWholeLine) await merged.appendFile('\n');
    } finally {
      await older.close();
    }
    await appendFileTo(merged, handle);
  };

  /** The old lines as their text, the replaced ones but for their new one. */
  const replace = async (merged: FileHandle): Promise<void> => {
    let row = 0;
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    const flush = async (): Promise<void> => {
      await merged.appendFile(Buffer.concat(waiting));
      [waiting, waitingBytes] = [[], 0];
    };
    for await (const { text } of readLines(path)) {
      const place = replaced.get(row++);
      const line = place ? await newLine(place) : Buffer.from(`${text}\n`);
      waiting.push(line);
      waitingBytes += line.length;
      if (waitingBytes >= copyBytes) await flush();
    }
    for (const place of added) waiting.push(await newLine(place));
    await flush();
  };

  const merge = async (): Promise<void> => {
    const name = temporaryName(path);
    const merged = await open(name, 'w');
    try {
      await (replaced.size === 0 ? append(merged) : replace(merged));
      await merged.sync();
      await merged.close();
      await rename(name, path);
    } catch (error) {
      await merged.close();
      await rm(name, { force: true });
      throw error;
    }
  };

  return {
    async write(record, name) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      await handle.appendFile(line);
      const place = { offset: end, bytes: line.length };
      end += line.length;
      const row = rowOf.get(name.toLowerCase());
      if (row === undefined) added.push(place);
      else replaced.set(row, place);
    },
    async commit() {
      if (end === 0) return;
      // Also lines that another run has written since: two that begin in an empty folder know nothing of each other.
      if (existsSync(path)) return merge();
      await handle.sync();
      await close();
      await rename(temporary, path);
    },
    async discard() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}
