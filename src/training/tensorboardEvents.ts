import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { crc32c } from './crc32c.js';

/** A picture of an event: the bytes of a PNG file. */
export interface EventImage {
  readonly png: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** A file of events as TensorBoard reads it. */
export interface EventsFile {
  /** Bytes written so far. */
  readonly bytes: number;
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  image(step: number, tag: string, image: EventImage): void;
  close(): void;
}

type Bytes = readonly number[] | Uint8Array;

/** Base-128 integers of the protocol buffers' wire format; up to 2^53. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const integer = (field: number, value: number): number[] => [field << 3, ...varint(value)];

function float(field: number, value: number): number[] {
  return [(field << 3) | 5, ...new Uint8Array(Float32Array.of(value).buffer)];
}

function double(field: number, value: number): number[] {
  return [(field << 3) | 1, ...new Uint8Array(Float64Array.of(value).buffer)];
}

/** Strings, bytes and messages inside messages. */
function nested(field: number, bytes: Bytes): Uint8Array {
  const head = [(field << 3) | 2, ...varint(bytes.length)];
  const result = new Uint8Array(head.length + bytes.length);
  result.set(head);
  result.set(bytes, head.length);
  return result;
}

const text = (field: number, value: string): Uint8Array => nested(field, new TextEncoder().encode(value));

function joined(...parts: readonly Bytes[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** TFRecord's checksum: a CRC-32C, turned by 15 bits and shifted, so that a CRC of data with CRCs in it stays good. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A TFRecord: length (uint64), its masked CRC, the data, its masked CRC; little-endian. */
function record(data: Uint8Array): Uint8Array {
  const result = new Uint8Array(data.length + 16);
  const view = new DataView(result.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(result.subarray(0, 8)), true);
  result.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return result;
}

/** TensorFlow's `Event` message: wall time 1, step 2, file version 3, summary 5. */
const event = (seconds: number, step: number, ...content: readonly Bytes[]): Uint8Array =>
  record(joined(double(1, seconds), integer(2, step), ...content));

/**
 * Opens a file of TensorBoard events: TFRecord files of `Event` messages with masked CRC-32C. Each call writes whole
 * records. Throws what the file system throws.
 * @param keepBytes length of an older file that belongs to the run; what stands behind it is cut off
 * @param now seconds since the epoch
 */
export function openEventsFile(path: string, keepBytes = 0, now = () => Date.now() / 1000): EventsFile {
  const file = openSync(path, 'a');
  let bytes = Math.min(keepBytes, fstatSync(file).size);
  ftruncateSync(file, bytes);
  const write = (data: Uint8Array): void => {
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
    bytes += data.length;
  };
  if (bytes === 0) write(event(now(), 0, text(3, 'brain.Event:2')));
  return {
    get bytes() {
      return bytes;
    },
    scalars(step, values) {
      const entries = Object.entries(values).map(([tag, value]) => nested(1, joined(text(1, tag), float(2, value))));
      write(event(now(), step, nested(5, joined(...entries))));
    },
    image(step, tag, { png, height, width }) {
      const image = joined(integer(1, height), integer(2, width), integer(3, 3), nested(4, png));
      write(event(now(), step, nested(5, nested(1, joined(text(1, tag), nested(4, image))))));
    },
    close: () => closeSync(file),
  };
}
