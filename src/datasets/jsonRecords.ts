import { createReadStream } from 'node:fs';
import { UserError } from '../errors/index.js';
import { explainFileError } from './fileProblem.js';

/** A record larger than this is refused: no annotation of an image is, and it would fill the memory. */
const maxRecordBytes = 64 * 2 ** 20;
const chunkBytes = 4 * 2 ** 20;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** 1 for bytes that matter to the nesting outside of strings. */
const structural = new Uint8Array(256);
for (const byte of [quote, openBrace, closeBrace, openBracket, closeBracket]) structural[byte] = 1;

/** Where the reader stands between values; inside a value it follows the nesting alone. */
type State = 'start' | 'key' | 'colon' | 'value' | 'comma' | 'element' | 'elementComma' | 'end';

export interface RecordHandlers {
  /** Called with each element of the array under this key (`''` when the file itself is an array). */
  readonly [key: string]: (record: unknown, index: number) => void;
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
  let state = 'start' as State;
  let isArray = false;
  let key = '';
  let index = 0;
  /** Nesting inside the value being read; 0 between values. */
  let depth = 0;
  let inString = false;
  let escaped = false;
  let bare = false;
  let inValue = false;
  let readsElements = false;
  let wanted = false;
  let parts: Buffer[] = [];
  let partBytes = 0;
  let offset = 0;

  const where = (): string => {
    if (readsElements) return key === '' ? `record ${index + 1}` : `${key}, record ${index + 1}`;
    return key === '' ? 'the top level' : `'${key}'`;
  };
  function fail(at: number, what: string): never {
    throw new UserError(`${name}: ${where()} (byte ${at}): ${what}; download or unpack the file again`);
  }
  const finishValue = (last: Buffer, at: number): void => {
    inValue = false;
    if (wanted || state === 'key') {
      const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
      let value: unknown;
      try {
        value = JSON.parse(bytes.toString('utf8'));
      } catch (error) {
        fail(at, `not valid JSON: ${(error as Error).message.slice(0, 120)}`);
      }
      if (state === 'key') {
        key = value as string;
        index = 0;
      } else handlers[key](value, index);
    }
    parts = [];
    partBytes = 0;
    if (state === 'key') state = 'colon';
    else if (state === 'element') {
      index += 1;
      state = 'elementComma';
    } else state = 'comma';
  };

  try {
    for await (const piece of createReadStream(path, { highWaterMark: chunkBytes })) {
      signal?.throwIfAborted();
      const bytes = piece as Buffer;
      let position = 0;
      if (offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) position = 3;
      let valueStart = 0;
      while (position < bytes.length) {
        if (inValue) {
          let done = false;
          if (bare) {
            while (position < bytes.length) {
              const byte = bytes[position];
              if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) {
                done = true;
                break;
              }
              position += 1;
            }
          } else {
            while (position < bytes.length) {
              const byte = bytes[position];
              if (inString) {
                if (escaped) escaped = false;
                else if (byte === backslash) escaped = true;
                else if (byte === quote) {
                  inString = false;
                  if (depth === 0) done = true;
                }
              } else if (structural[byte] === 1) {
                if (byte === quote) inString = true;
                else if (byte === openBrace || byte === openBracket) depth += 1;
                else {
                  depth -= 1;
                  if (depth === 0) done = true;
                }
              }
              position += 1;
              if (done) break;
            }
          }
          if (done) finishValue(bytes.subarray(valueStart, position), offset + valueStart);
          continue;
        }
        const byte = bytes[position];
        if (isSpace(byte)) {
          position += 1;
          continue;
        }
        if (startsValue(byte, offset + position)) {
          valueStart = position;
          inValue = true;
          bare = byte !== quote && byte !== openBrace && byte !== openBracket;
          inString = byte === quote;
          depth = bare || inString ? 0 : 1;
        }
        position += bare && inValue ? 0 : 1;
      }
      if (inValue) {
        const rest = bytes.subarray(valueStart);
        if (wanted || state === 'key') parts.push(Buffer.from(rest));
        partBytes += rest.length;
        if ((wanted || state === 'key') && partBytes > maxRecordBytes) {
          fail(
            offset + bytes.length - partBytes,
            `the record is larger than ${maxRecordBytes / 2 ** 20} MB; no annotation is`,
          );
        }
      }
      offset += bytes.length;
    }
  } catch (error) {
    throw explainFileError(error, name);
  }
  if (state !== 'end') {
    fail(offset, offset === 0 ? 'the file is empty' : 'the text ends in the middle: the file is cut off');
  }

  /** Takes one byte between values; true when a key or a value starts with it. */
  function startsValue(byte: number, at: number): boolean {
    switch (state) {
      case 'start':
        if (byte !== openBrace && byte !== openBracket) fail(at, 'expected { or [');
        isArray = byte === openBracket;
        readsElements = isArray;
        wanted = isArray && '' in handlers;
        state = isArray ? 'element' : 'key';
        return false;
      case 'key':
        if (byte === closeBrace && key === '') {
          state = 'end';
          return false;
        }
        if (byte !== quote) fail(at, 'expected a key in double quotes');
        return true;
      case 'colon':
        if (byte !== colon) fail(at, 'expected : after the key');
        state = 'value';
        return false;
      case 'value':
        if (Object.hasOwn(handlers, key)) {
          if (byte !== openBracket) fail(at, 'expected a list');
          readsElements = true;
          wanted = true;
          state = 'element';
          return false;
        }
        break;
      case 'element':
        if (byte === closeBracket && index === 0) {
          endList();
          return false;
        }
        break;
      case 'elementComma':
        if (byte === closeBracket) endList();
        else if (byte === comma) state = 'element';
        else fail(at, 'expected , or ] after the record');
        return false;
      case 'comma':
        if (byte !== comma && byte !== closeBrace) fail(at, 'expected , or }');
        state = byte === comma ? 'key' : 'end';
        return false;
      case 'end':
        fail(at, 'there is text after the end');
    }
    if (byte === comma || byte === closeBracket || byte === closeBrace || byte === colon)
      fail(at, 'a value is missing');
    return true;
  }

  function endList(): void {
    readsElements = false;
    wanted = false;
    state = isArray ? 'end' : 'comma';
  }
}
