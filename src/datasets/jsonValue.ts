import { backslash, closeBrace, closeBracket, comma, isSpace, openBrace, openBracket, quote } from './jsonBytes.js';

/** 1 for bytes that matter to the nesting outside of strings. */
const structural = new Uint8Array(256);
for (const byte of [quote, openBrace, closeBrace, openBracket, closeBracket]) structural[byte] = 1;

/** A JSON value whose text comes in pieces: its nesting alone is followed, to find where it ends. */
export interface OpenValue {
  /** A number, `true`, `false` or `null`: it has no mark of its own at its end. */
  readonly isBare: boolean;
  /** Whether its text is wanted; of another one the bytes are counted and dropped. */
  readonly isKept: boolean;
  /** Lists and objects that are open. */
  depth: number;
  inString: boolean;
  isEscaped: boolean;
  /** Its text in the pieces before this one, where it is kept. */
  readonly parts: Buffer[];
  /** Bytes that it has in the pieces before this one. */
  partBytes: number;
}

/** Begins a value with its first byte. */
export function openValue(first: number, isKept: boolean): OpenValue {
  const inString = first === quote;
  const isNested = first === openBrace || first === openBracket;
  return {
    isBare: !inString && !isNested,
    isKept,
    depth: isNested ? 1 : 0,
    inString,
    isEscaped: false,
    parts: [],
    partBytes: 0,
  };
}

/**
 * Reads on in a value, from a place in `bytes` behind its first byte. Gives the place behind its end, or -1 where it
 * goes on in the next piece.
 */
export function findValueEnd(value: OpenValue, bytes: Buffer, from: number): number {
  return value.isBare ? endOfBare(bytes, from) : endOfNested(value, bytes, from);
}

function endOfBare(bytes: Buffer, from: number): number {
  for (let position = from; position < bytes.length; position++) {
    const byte = bytes[position];
    if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) return position;
  }
  return -1;
}

function endOfNested(value: OpenValue, bytes: Buffer, from: number): number {
  let { depth, inString, isEscaped } = value;
  for (let position = from; position < bytes.length; position++) {
    const byte = bytes[position];
    if (inString) {
      if (isEscaped) isEscaped = false;
      else if (byte === backslash) isEscaped = true;
      else if (byte === quote) {
        inString = false;
        if (depth === 0) return position + 1;
      }
    } else if (structural[byte] === 1) {
      if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth += 1;
      else {
        depth -= 1;
        if (depth === 0) return position + 1;
      }
    }
  }
  value.depth = depth;
  value.inString = inString;
  value.isEscaped = isEscaped;
  return -1;
}

/** Takes what a piece holds of a value that goes on in the next one. */
export function addPart(value: OpenValue, part: Buffer): void {
  // A copy: the piece is larger, and would stay in memory with it.
  if (value.isKept) value.parts.push(Buffer.from(part));
  value.partBytes += part.length;
}

/** What a kept value says; `last` is the rest of its text. Throws JSON.parse's SyntaxError. */
export function parseValue({ parts }: OpenValue, last: Buffer): unknown {
  const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last]);
  return JSON.parse(bytes.toString('utf8'));
}
