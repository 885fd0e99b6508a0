import { UserError } from '../errors/index.js';
import { bitsOfDType, type DType, isDType } from './dtype.js';
import { findDuplicateKey } from './duplicateKeys.js';
import { byteLength } from './tensor.js';

/** The longest header that is read, as in the reference implementation: 100 MB. */
export const maxHeaderBytes = 100_000_000;

/** Where one tensor of a safetensors file lies. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** One past the last byte, counted from the start of the file. */
  readonly end: number;
}

/** The parsed header of a safetensors file. */
export interface SafetensorsHeader {
  /** The entries by name, in the order of the header. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** `__metadata__`: texts by name, empty when the header has none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the data begin: 8 plus the header's length. */
  readonly dataStart: number;
}

/** What a writer states of a tensor before its data. */
export interface TensorLayout {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Reads the header's length, the first eight bytes.
 * @param bytes at least the first eight bytes of the file
 * @param fileBytes the length of the whole file
 * @param source names the file in errors
 * @throws UserError when the file is too short, or the length is beyond the file or the limit of 100 MB
 */
export function readHeaderLength(bytes: Uint8Array, fileBytes: number, source: string): number {
  if (fileBytes < 8 || bytes.byteLength < 8)
    throw new UserError(
      `${source}: not a safetensors file: it has ${fileBytes} bytes, the header's length alone takes 8`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes))
    throw new UserError(
      `${source}: not a safetensors file: its first 8 bytes state a header of ${length} bytes, the limit is ${maxHeaderBytes}`,
    );
  if (Number(length) > fileBytes - 8)
    throw new UserError(
      `${source}: cut short or not a safetensors file: the header of ${length} bytes ends beyond the file of ${fileBytes} bytes`,
    );
  return Number(length);
}

function parseEntry(name: string, value: unknown, dataStart: number, source: string): SafetensorsEntry {
  const fail = (what: string): never => {
    throw new UserError(`${source}: tensor ${JSON.stringify(name)}: ${what}`);
  };
  if (!isRecord(value)) return fail('expected an object with dtype, shape and data_offsets');
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) return fail(`unknown key ${JSON.stringify(unknown[0])}`);
  if (!isDType(dtype)) return fail(`unknown dtype ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    return fail(`shape must be a list of whole numbers from 0, got ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`data_offsets must be two whole numbers from 0, got ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end) return fail(`data_offsets [${begin}, ${end}] end before they begin`);
  const bytes = byteLength(dtype, shape);
  if (!Number.isSafeInteger(bytes))
    return fail(`${dtype} [${shape.join(', ')}] does not take a whole, countable number of bytes`);
  if (bytes !== end - begin)
    return fail(
      `${dtype} [${shape.join(', ')}] takes ${bytes} bytes, but data_offsets [${begin}, ${end}] hold ${end - begin}`,
    );
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function parseMetadata(value: unknown, source: string): Map<string, string> {
  if (value === undefined) return new Map();
  if (!isRecord(value)) throw new UserError(`${source}: __metadata__ must be an object of texts`);
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw new UserError(`${source}: __metadata__ ${JSON.stringify(key)} must be a text, got ${JSON.stringify(text)}`);
    metadata.set(key, text);
  }
  return metadata;
}

/** The data must be covered without overlap, hole or trailing bytes. */
function checkCover(entries: Iterable<SafetensorsEntry>, dataStart: number, fileBytes: number, source: string): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = dataStart;
  let previous = '';
  for (const { name, begin, end } of sorted) {
    const quoted = JSON.stringify(name);
    if (end > fileBytes)
      throw new UserError(
        `${source}: cut short: tensor ${quoted} ends at byte ${end}, the file has ${fileBytes}. Copy or download it again`,
      );
    if (begin < position) throw new UserError(`${source}: tensors ${previous} and ${quoted} overlap at byte ${begin}`);
    if (begin > position)
      throw new UserError(`${source}: a hole of ${begin - position} bytes before tensor ${quoted} at byte ${begin}`);
    position = end;
    previous = quoted;
  }
  if (position !== fileBytes)
    throw new UserError(`${source}: ${fileBytes - position} bytes that belong to no tensor follow byte ${position}`);
}

/**
 * Parses the header of a safetensors file and checks it strictly.
 * Format: 8 bytes little-endian length, a JSON object (it may be padded with spaces), then the tensors' bytes
 * (https://huggingface.co/docs/safetensors).
 * @param bytes the file from its start, at least to the end of the header
 * @param options fileBytes: the length of the whole file, when `bytes` is only its beginning; source: names the file in
 * errors
 * @throws UserError on a header over 100 MB, invalid UTF-8 or JSON, duplicate keys, unknown dtypes, shapes that do not
 * fit their bytes, metadata that is no text, and data with overlaps, holes, missing or trailing bytes
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  { fileBytes = bytes.byteLength, source = 'safetensors' }: { fileBytes?: number; source?: string } = {},
): SafetensorsHeader {
  const length = readHeaderLength(bytes, fileBytes, source);
  const dataStart = 8 + length;
  if (bytes.byteLength < dataStart)
    throw new RangeError(
      `${source}: parseSafetensorsHeader was given ${bytes.byteLength} of ${dataStart} header bytes`,
    );
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.slice(8, dataStart));
  } catch {
    throw new UserError(`${source}: not a safetensors file: the header is not UTF-8 text`);
  }
  if (!text.startsWith('{')) throw new UserError(`${source}: not a safetensors file: the header must begin with {`);
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${source}: the header is not valid JSON: ${error instanceof Error ? error.message : error}`);
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined)
    throw new UserError(`${source}: the header has the key ${JSON.stringify(duplicate)} twice`);
  const entries = new Map<string, SafetensorsEntry>();
  let metadata = new Map<string, string>();
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (name === '__metadata__') metadata = parseMetadata(value, source);
    else entries.set(name, parseEntry(name, value, dataStart, source));
  }
  checkCover(entries.values(), dataStart, fileBytes, source);
  return { entries, metadata, dataStart };
}

/**
 * Lays tensors out and makes the bytes before the data. The order depends on the tensors alone: wider element types
 * first, so that each tensor is aligned to its elements, then by name; metadata by key. The header is padded with
 * spaces so that the data begin at a multiple of 8.
 * @returns the header's bytes, and the tensors in the order in which their data must follow, with their offsets
 * @throws UserError on a name twice or `__metadata__`, and on a packed tensor that does not fill its last byte
 */
export function encodeSafetensorsHeader(
  tensors: Iterable<TensorLayout>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): { bytes: Uint8Array; entries: SafetensorsEntry[] } {
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = [...tensors].sort((a, b) => bitsOfDType[b.dtype] - bitsOfDType[a.dtype] || byName(a.name, b.name));
  const texts = [...(metadata instanceof Map ? metadata : Object.entries(metadata))].sort((a, b) => byName(a[0], b[0]));
  const members: string[] = [];
  if (texts.length > 0)
    members.push(
      `"__metadata__":{${texts
        .map(([key, text]) => {
          if (typeof text !== 'string')
            throw new UserError(`safetensors metadata ${JSON.stringify(key)} must be a text`);
          return `${JSON.stringify(key)}:${JSON.stringify(text)}`;
        })
        .join(',')}}`,
    );
  const names = new Set(['__metadata__']);
  const placed: SafetensorsEntry[] = [];
  let position = 0;
  for (const { name, dtype, shape } of sorted) {
    const quoted = JSON.stringify(name);
    if (names.has(name)) throw new UserError(`safetensors: two tensors cannot both be named ${quoted}`);
    names.add(name);
    const bytes = byteLength(dtype, shape);
    if (!Number.isSafeInteger(bytes) || !shape.every(isCount))
      throw new UserError(
        `safetensors: ${quoted} ${dtype} [${shape.join(', ')}] does not take a whole number of bytes`,
      );
    members.push(
      `${quoted}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${position},${position + bytes}]}`,
    );
    placed.push({ name, dtype, shape, begin: position, end: position + bytes });
    position += bytes;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = Math.ceil(json.byteLength / 8) * 8;
  if (padded > maxHeaderBytes)
    throw new UserError(`safetensors: the header would take ${padded} bytes, the limit is ${maxHeaderBytes}`);
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  const shift = bytes.byteLength;
  return { bytes, entries: placed.map((entry) => ({ ...entry, begin: entry.begin + shift, end: entry.end + shift })) };
}
