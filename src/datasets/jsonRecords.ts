import { createReadStream } from 'node:fs';
import { explainFileError } from './fileProblem.js';
import { isSpace } from './jsonBytes.js';
import {
  passValue,
  placeAtStart,
  placeFault,
  type RecordHandlers,
  type RecordPlace,
  startsValue,
} from './jsonRecordPlace.js';
import { addPart, findValueEnd, type OpenValue, openValue, parseValue } from './jsonValue.js';

export type { RecordHandlers } from './jsonRecordPlace.js';

/** A record larger than this is refused: no annotation of an image is, and it would fill the memory. */
const maxRecordBytes = 64 * 2 ** 20;
const chunkBytes = 4 * 2 ** 20;

/** A file that is being read piece by piece. */
interface RecordReader {
  readonly place: RecordPlace;
  /** The value that the last piece ended in. */
  value: OpenValue | null;
  /** Bytes of the pieces before this one. */
  offset: number;
}

/**
 * Reads a JSON file record by record, in pieces: an annotations file of a gigabyte needs the memory of one record.
 * Values under keys without a handler are passed over. Throws a UserError with file, record and byte offset where the
 * text is not JSON, is cut off, or holds a record above 64 MB; what a handler throws comes through.
 */
export async function readJsonRecords(
  path: string,
  name: string,
  handlers: RecordHandlers,
  signal?: AbortSignal,
): Promise<void> {
  const reader: RecordReader = { place: placeAtStart(name, handlers), value: null, offset: 0 };
  try {
    for await (const piece of createReadStream(path, { highWaterMark: chunkBytes })) {
      signal?.throwIfAborted();
      readPiece(reader, piece as Buffer);
    }
  } catch (error) {
    throw explainFileError(error, name);
  }
  const { place, offset } = reader;
  if (place.next !== 'end') {
    const what = offset === 0 ? 'the file is empty' : 'the text ends in the middle: the file is cut off';
    throw placeFault(place, offset, what);
  }
}

/** Gives the records that end in a piece to their handlers, and keeps what it holds of the next one. */
function readPiece(reader: RecordReader, bytes: Buffer): void {
  const { place, offset } = reader;
  let position = offset === 0 && startsWithMark(bytes) ? 3 : 0;
  let valueStart = 0;
  let { value } = reader;
  while (position < bytes.length) {
    if (value) {
      const end = findValueEnd(value, bytes, position);
      if (end < 0) break;
      const start = offset + valueStart - value.partBytes;
      passValue(place, readValue(place, value, bytes.subarray(valueStart, end), start));
      value = null;
      position = end;
      continue;
    }
    const byte = bytes[position];
    if (!isSpace(byte) && startsValue(place, byte, offset + position)) {
      valueStart = position;
      value = openValue(byte, place.isWanted || place.next === 'key');
    }
    position += 1;
  }
  reader.value = value;
  reader.offset += bytes.length;
  if (value) {
    addPart(value, bytes.subarray(valueStart));
    refuseLarge(place, value, reader.offset);
  }
}

/** UTF-8's byte order mark, which some programs on Windows write. */
const startsWithMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

/** What a value says whose text ends with `last`; undefined for one that is passed over. `at` is its first byte in the file. */
function readValue(place: RecordPlace, value: OpenValue, last: Buffer, at: number): unknown {
  if (!value.isKept) return undefined;
  try {
    return parseValue(value, last);
  } catch (error) {
    throw placeFault(place, at, `not valid JSON: ${(error as Error).message.slice(0, 120)}`);
  }
}

/** Throws a UserError for a kept value that grows too large; `end` is the end of its part so far, in the file. */
function refuseLarge(place: RecordPlace, { isKept, partBytes }: OpenValue, end: number): void {
  if (!isKept || partBytes <= maxRecordBytes) return;
  const most = `the record is larger than ${maxRecordBytes / 2 ** 20} MB; no annotation is`;
  throw placeFault(place, end - partBytes, most);
}
