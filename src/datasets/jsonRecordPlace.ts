import { UserError } from '../errors/index.js';
import { closeBrace, closeBracket, colon, comma, openBrace, openBracket, quote } from './jsonBytes.js';

export interface RecordHandlers {
  /** Called with each element of the array under this key (`''` when the file itself is an array). */
  readonly [key: string]: (record: unknown, index: number) => void;
}

/** Where the reader of a file of records stands between values. */
export interface RecordPlace {
  /** The file, as errors name it. */
  readonly name: string;
  readonly handlers: RecordHandlers;
  /** What comes next: a value of this kind, or what stands between two. */
  next: 'start' | 'key' | 'colon' | 'value' | 'comma' | 'element' | 'elementComma' | 'end';
  /** Whether the file itself is an array. */
  isArray: boolean;
  /** The last key of the top level; `''` before the first, and in an array. */
  key: string;
  /** Place among the records of a list. */
  index: number;
  readsElements: boolean;
  /** Whether a handler waits for the elements. */
  isWanted: boolean;
}

/** The place before the first byte of a file. */
export const placeAtStart = (name: string, handlers: RecordHandlers): RecordPlace => ({
  name,
  handlers,
  next: 'start',
  isArray: false,
  key: '',
  index: 0,
  readsElements: false,
  isWanted: false,
});

/** An error about what stands at a place; `at` is its byte in the file. */
export function placeFault({ name, key, index, readsElements }: RecordPlace, at: number, what: string): UserError {
  const record = key === '' ? `record ${index + 1}` : `${key}, record ${index + 1}`;
  const value = key === '' ? 'the top level' : `'${key}'`;
  return new UserError(
    `${name}: ${readsElements ? record : value} (byte ${at}): ${what}; download or unpack the file again`,
  );
}

/**
 * Takes one byte between values, `at` in the file; true when a key or a value starts with it.
 * @throws UserError for a byte that cannot stand there
 */
export function startsValue(place: RecordPlace, byte: number, at: number): boolean {
  switch (place.next) {
    case 'start':
      if (byte !== openBrace && byte !== openBracket) throw placeFault(place, at, 'expected { or [');
      place.isArray = byte === openBracket;
      place.readsElements = place.isArray;
      place.isWanted = place.isArray && '' in place.handlers;
      place.next = place.isArray ? 'element' : 'key';
      return false;
    case 'key':
      if (byte === closeBrace && place.key === '') {
        place.next = 'end';
        return false;
      }
      if (byte !== quote) throw placeFault(place, at, 'expected a key in double quotes');
      return true;
    case 'colon':
      if (byte !== colon) throw placeFault(place, at, 'expected : after the key');
      place.next = 'value';
      return false;
    case 'value':
      if (Object.hasOwn(place.handlers, place.key)) {
        if (byte !== openBracket) throw placeFault(place, at, 'expected a list');
        place.readsElements = true;
        place.isWanted = true;
        place.next = 'element';
        return false;
      }
      break;
    case 'element':
      if (byte === closeBracket && place.index === 0) {
        endList(place);
        return false;
      }
      break;
    case 'elementComma':
      if (byte === closeBracket) endList(place);
      else if (byte === comma) place.next = 'element';
      else throw placeFault(place, at, 'expected , or ] after the record');
      return false;
    case 'comma':
      if (byte !== comma && byte !== closeBrace) throw placeFault(place, at, 'expected , or }');
      place.next = byte === comma ? 'key' : 'end';
      return false;
    case 'end':
      throw placeFault(place, at, 'there is text after the end');
  }
  if (byte === comma || byte === closeBracket || byte === closeBrace || byte === colon) {
    throw placeFault(place, at, 'a value is missing');
  }
  return true;
}

function endList(place: RecordPlace): void {
  place.readsElements = false;
  place.isWanted = false;
  place.next = place.isArray ? 'end' : 'comma';
}

/** Goes on behind a key, a record or another value; `value` is what it says, where the place keeps it. */
export function passValue(place: RecordPlace, value: unknown): void {
  if (place.next === 'key') {
    place.key = value as string;
    place.index = 0;
    place.next = 'colon';
    return;
  }
  if (place.isWanted) place.handlers[place.key](value, place.index);
  if (place.next === 'element') {
    place.index += 1;
    place.next = 'elementComma';
  } else place.next = 'comma';
}
