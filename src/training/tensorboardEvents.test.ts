import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reader } from 'protobufjs/minimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.js';
import { openEventsFile } from './tensorboardEvents.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-events-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** TensorFlow's masking, turned back. */
function unmask(masked: number): number {
  const turned = (masked - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}

/** The records of a TFRecord file; throws where a checksum does not fit. */
function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let place = 0; place < file.length; ) {
    const length = Number(file.readBigUInt64LE(place));
    expect(unmask(file.readUInt32LE(place + 8)), 'checksum of a length').toBe(crc32c(file.subarray(place, place + 8)));
    const data = file.subarray(place + 12, place + 12 + length);
    expect(unmask(file.readUInt32LE(place + 12 + length)), 'checksum of a record').toBe(crc32c(data));
    records.push(data);
    place += 16 + length;
  }
  return records;
}

/** Reads a message into lists of fields, by protobufjs: numbers and bytes by their wire types. */
function fieldsOf(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = Reader.create(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const read = {
      0: () => Number(reader.int64()),
      1: () => reader.double(),
      2: () => reader.bytes(),
      5: () => reader.float(),
    };
    const value = read[(tag & 7) as keyof typeof read]();
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), value]);
  }
  return fields;
}

const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString();

describe('a file of TensorBoard events', () => {
  it('holds its version, scalars and pictures as TensorFlow defines them', async () => {
    const path = join(folder, 'events');
    const file = openEventsFile(path, 0, () => 1700000000.25);
    file.scalars(300, { 'train/loss': 0.5, 'train/IoU': 47.25 });
    const png = Uint8Array.of(137, 80, 78, 71);
    file.image(2 ** 33, 'validation/samples', { png, height: 320, width: 1280 });
    file.close();
    const bytes = await readFile(path);
    expect(bytes.length).toBe(file.bytes);
    const [version, scalars, image] = recordsOf(bytes).map(fieldsOf);
    expect(version.get(1)).toEqual([1700000000.25]);
    expect(text(version.get(3)?.[0])).toBe('brain.Event:2');
    expect(scalars.get(2)).toEqual([300]);
    const values = fieldsOf(scalars.get(5)?.[0] as Uint8Array).get(1) as Uint8Array[];
    expect(values.map(fieldsOf).map((value) => [text(value.get(1)?.[0]), value.get(2)])).toEqual([
      ['train/loss', [0.5]],
      ['train/IoU', [47.25]],
    ]);
    expect(image.get(2)).toEqual([2 ** 33]);
    const [shown] = fieldsOf(image.get(5)?.[0] as Uint8Array).get(1) as Uint8Array[];
    expect(text(fieldsOf(shown).get(1)?.[0])).toBe('validation/samples');
    const picture = fieldsOf(fieldsOf(shown).get(4)?.[0] as Uint8Array);
    expect([picture.get(1), picture.get(2), picture.get(3)]).toEqual([[320], [1280], [3]]);
    expect(Uint8Array.from(picture.get(4)?.[0] as Uint8Array)).toEqual(png);
  });

  it('goes on behind what is kept, and loses what a killed run wrote after that', async () => {
    const path = join(folder, 'resumed');
    const file = openEventsFile(path, 0, () => 1);
    file.scalars(1, { loss: 1 });
    const kept = file.bytes;
    file.scalars(2, { loss: 2 });
    file.close();
    const again = openEventsFile(path, kept, () => 1);
    again.scalars(3, { loss: 3 });
    again.close();
    const steps = recordsOf(await readFile(path)).map((record) => fieldsOf(record).get(2)?.[0]);
    expect(steps).toEqual([0, 1, 3]);
  });
});
