import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJsonRecords } from './jsonRecords.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-json-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function recordsOf(text: string | Uint8Array, key = 'list'): Promise<unknown[]> {
  const path = join(folder, 'file.json');
  await writeFile(path, text);
  const found: unknown[] = [];
  await readJsonRecords(path, 'file.json', {
    [key]: (record, index) => {
      expect(index).toBe(found.length);
      found.push(record);
    },
  });
  return found;
}

describe('readJsonRecords', () => {
  it('passes over keys that every object has', async () => {
    for (const key of ['constructor', 'toString', '__proto__']) {
      expect(await recordsOf(`{"${key}": {"a": [1]}, "list": [2]}`)).toEqual([2]);
    }
  });

  it('gives what JSON.parse gives, wherever the spaces are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.jsonValue(),
        fc.nat(3),
        async (list, other, indent) => {
          const plain = JSON.parse(JSON.stringify(list));
          expect(await recordsOf(JSON.stringify({ other, list, last: 1 }, null, indent))).toEqual(plain);
          expect(await recordsOf(JSON.stringify(list, null, indent), '')).toEqual(plain);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('reads records that lie across the pieces of the file', async () => {
    const list = Array.from({ length: 90 }, (_, index) => ({ index, text: `${'é"\\'.repeat(30_000)}${index}` }));
    expect(await recordsOf(JSON.stringify({ list }))).toEqual(list);
  });

  it('accepts a byte order mark and an empty object', async () => {
    expect(await recordsOf('\ufeff{"list": [1]}')).toEqual([1]);
    expect(await recordsOf('{}')).toEqual([]);
  });

  it.each([
    ['{"list": [{"a": 1}, {"a"', /file\.json: list, record 2 \(byte 24\): the text ends in the middle/],
    ['{"list": [{"a": 1}', /the file is cut off/],
    ['', /the file is empty/],
    ['{"list": [{"a": 1,}]}', /list, record 1 \(byte 10\): not valid JSON/],
    ['{"list": [1 2]}', /list, record 2 \(byte 12\): expected , or \]/],
    ['{"list": [1,]}', /a value is missing/],
    ['{"list": 3}', /'list' \(byte 9\): expected a list/],
    ['{"list": []} x', /text after the end/],
    ['{list: []}', /double quotes/],
    ['<html>', /expected \{ or \[/],
  ])('says where %j is broken', async (text, message) => {
    await expect(recordsOf(text)).rejects.toThrow(message);
  });

  it('names the byte where a broken record begins, also when it goes on in the next piece of the file', async () => {
    const text = `{"list": [1, {"a": "${'x'.repeat(5 * 2 ** 20)}", }]}`;
    await expect(recordsOf(text)).rejects.toThrow(/list, record 2 \(byte 13\): not valid JSON/);
  });

  it('refuses a record of a hundred megabytes without keeping it', async () => {
    const text = Buffer.alloc(100 * 2 ** 20, 'x');
    text.write('{"list": ["');
    await expect(recordsOf(text)).rejects.toThrow(/list, record 1 \(byte 10\): the record is larger than 64 MB/);
  });

  it('says what the file system says', async () => {
    await expect(readJsonRecords(join(folder, 'none.json'), 'none.json', {})).rejects.toThrow(
      /none\.json: it is not there/,
    );
    await expect(readJsonRecords(folder, 'folder', {})).rejects.toThrow(/folder: it is a folder/);
  });
});
