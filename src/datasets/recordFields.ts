import { UserError } from '../errors/index.js';

/** Reads fields of one record of a file, from a plain object or a Map; errors name file, record and field. */
export interface RecordReader {
  readonly file: string;
  readonly label: string;
  value(key: string): unknown;
  /** A whole number. Throws a UserError when the field holds something else. */
  integer(key: string): number;
  positive(key: string): number;
  text(key: string): string;
  optionalText(key: string): string | undefined;
  optionalInteger(key: string): number | undefined;
  list(key: string): readonly unknown[];
  /** An error about this record. */
  fault(message: string): UserError;
}

/** A value of a record as an error message shows it: short, and of any type that a pickle may hold. */
export const shown = (value: unknown): string =>
  value === undefined
    ? 'missing'
    : (JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}` : inner)) ?? typeof value).slice(
        0,
        60,
      );

/** Wraps one record; `label` says which it is (`annotations, record 12`). */
export function readRecord(record: unknown, file: string, label: string): RecordReader {
  const fault = (message: string): UserError =>
    new UserError(`${file}: ${label}: ${message}; correct the record or download the release again`);
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    throw fault(`expected a record with named fields, found ${Array.isArray(record) ? 'a list' : typeof record}`);
  }
  const isMap = record instanceof Map;
  const value = (key: string): unknown => {
    const found = isMap ? record.get(key) : (record as Record<string, unknown>)[key];
    return found === null ? undefined : found;
  };
  const integer = (key: string): number => {
    const found = value(key);
    if (typeof found === 'number' && Number.isSafeInteger(found)) return found;
    throw fault(`'${key}' is ${shown(found)}; expected a whole number`);
  };
  const optionalText = (key: string): string | undefined => {
    const found = value(key);
    if (found === undefined || typeof found === 'string') return found;
    throw fault(`'${key}' is ${shown(found)}; expected text`);
  };
  return {
    file,
    label,
    value,
    fault,
    integer,
    positive(key) {
      const found = integer(key);
      if (found > 0 && found <= 1_000_000) return found;
      throw fault(`'${key}' is ${found}; expected a number of pixels from 1 to 1,000,000`);
    },
    optionalText,
    text(key) {
      const found = optionalText(key);
      if (found === undefined) throw fault(`'${key}' is missing; expected text`);
      return found;
    },
    optionalInteger: (key) => (value(key) === undefined ? undefined : integer(key)),
    list(key) {
      const found = value(key);
      if (Array.isArray(found)) return found;
      throw fault(`'${key}' is ${shown(found)}; expected a list`);
    },
  };
}
