import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { UserError } from '../errors/index.js';

/** A line of a text file without its end, and its number from 1. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** More than any record holds; a file without line ends must not be gathered in memory. */
const longestLine = 64 * 1024 * 1024;

/**
 * Reads a file of one record a line, a line at a time; empty lines are passed over.
 * @throws UserError naming the file and the line when it cannot be opened or a line is over 64 MB long
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<TextLine> {
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  let unbroken = 0;
  let lineBreaks = 0;
  stream.on('data', (piece) => {
    const bytes = piece as Buffer;
    const last = bytes.lastIndexOf(10);
    unbroken = last < 0 ? unbroken + bytes.length : bytes.length - last - 1;
    if (unbroken > longestLine) {
      stream.destroy(
        new UserError(`${path}: line ${lineBreaks + 1} or a later one is over 64 MB long; expected one record a line`),
      );
    }
  });
  // The error arrives at the stream, not at the reader of its lines.
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  failed.catch(() => undefined);
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  const iterator = lines[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value: text } = await Promise.race([iterator.next(), failed]);
      if (done === true) break;
      lineBreaks++;
      if (text.trim() === '') continue;
      yield { line: lineBreaks, text };
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      throw new UserError(`${path}: cannot be read (${error.message})`, { cause: error });
    }
    throw error;
  } finally {
    lines.close();
    stream.destroy();
  }
}
