import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryName } from './atomicFile.js';

/** A file of one JSON value a line that is being written, too long to keep in memory. */
export interface LineFile {
  write(record: unknown): Promise<void>;
  /** Gives the file its name; until then nothing stands under it. */
  commit(): Promise<void>;
  /** Leaves nothing behind; does nothing after a `commit` that succeeded, so that it may stand in a `finally`. */
  discard(): Promise<void>;
}

/** Characters gathered before they go to the disk. */
const flushLength = 1 << 18;

/**
 * Starts a file of JSON lines under a temporary name beside `path`; missing folders are made. Throws what the file
 * system throws (ENOSPC, EACCES).
 */
export async function createLineFile(path: string): Promise<LineFile> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  const handle = await open(temporary, 'w');
  let waiting = '';
  let isOpen = true;
  let isThere = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = '';
    await handle.appendFile(text);
  };
  return {
    async write(record) {
      waiting += `${JSON.stringify(record)}\n`;
      if (waiting.length >= flushLength) await flush();
    },
    async commit() {
      await flush();
      await handle.sync();
      await close();
      await rename(temporary, path);
      isThere = false;
    },
    async discard() {
      await close();
      if (isThere) await rm(temporary, { force: true });
      isThere = false;
    },
  };
}
