import { constants } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { UserError } from '../errors/index.js';

/** One call of read or write takes less than 2^31 bytes. */
const chunkBytes = 1 << 30;

/**
 * Reads bytes at an offset of an open file, however many, into memory of their own.
 * @throws UserError when the file ends before
 */
export async function readBytes(
  handle: FileHandle,
  position: number,
  length: number,
  source: string,
): Promise<Uint8Array> {
  if (length > constants.MAX_LENGTH)
    throw new UserError(`${source}: one tensor of ${length} bytes is more than this Node can hold`);
  // Before memory is taken for what a damaged file claims.
  const { size } = await handle.stat();
  if (position + length > size)
    throw new UserError(`${source}: cut short: it ends at byte ${size}, expected ${position + length}`);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(chunkBytes, length - done), position + done);
    if (bytesRead === 0)
      throw new UserError(`${source}: cut short: it ended at byte ${position + done}, expected ${position + length}`);
    done += bytesRead;
  }
  return bytes;
}

/** Writes all bytes at an offset of an open file. */
export async function writeBytes(handle: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      Math.min(chunkBytes, bytes.byteLength - done),
      position + done,
    );
    done += bytesWritten;
  }
}
