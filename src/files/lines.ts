import { createReadStream } from 'node:fs';
import { UserError } from '../errors/index.js';

/** A line of a text file without its end, and its number from 1. */
export interface TextLine {
  readonly line: number;
  readonly text: string;
}

/** More than any record holds; a file without line ends must not be gathered in memory. */
const longestLine = 64 * 1024 * 1024;
const chunkBytes = 1 << 18;
const lineEnd = 0x0a;

/**
 * Reads a file of one record a line, a line at a time; empty lines are passed over. Lines end with \n or \r\n alone: the
 * other marks that Unicode has for it may stand in a JSON text.
 * @throws UserError naming the file and the line when it cannot be read or a line is over 64 MB long
 */
export async function* readLines(path: string, signal?: AbortSignal): AsyncGenerator<TextLine> {
  let line = 0;
  /** What was read of a line whose end was not. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const finish = (rest: Buffer): TextLine => {
    const text = Buffer.concat([...begun, rest])
      .toString('utf8')
      .replace(/\r$/, '');
    [begun, begunBytes] = [[], 0];
    line++;
    return { line, text };
  };
  try {
    for await (const piece of createReadStream(path, { highWaterMark: chunkBytes })) {
      const bytes = piece as Buffer;
      let start = 0;
      for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
        signal?.throwIfAborted();
        const found = finish(bytes.subarray(start, end));
        start = end + 1;
        if (found.text.trim() !== '') yield found;
      }
      begun.push(bytes.subarray(start));
      begunBytes += bytes.length - start;
      if (begunBytes > longestLine) {
        throw new UserError(`${path}: line ${line + 1} is over 64 MB long; expected one record a line`);
      }
    }
    signal?.throwIfAborted();
    const last = finish(Buffer.alloc(0));
    if (last.text.trim() !== '') yield last;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      throw new UserError(`${path}: cannot be read (${error.message})`, { cause: error });
    }
    throw error;
  }
}
