import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLines, type TextLine } from './lines.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-lines-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function linesOf(path: string, signal?: AbortSignal): Promise<TextLine[]> {
  const found: TextLine[] = [];
  for await (const line of readLines(path, signal)) found.push(line);
  return found;
}

it('numbers lines, whatever ends them, and passes over empty ones', async () => {
  const path = join(folder, 'a.txt');
  await writeFile(path, 'one\n\n  \r\nfour\r\nfive');
  expect(await linesOf(path)).toEqual([
    { line: 1, text: 'one' },
    { line: 4, text: 'four' },
    { line: 5, text: 'five' },
  ]);
});

it('cuts at line ends alone, also where they fall between two pieces of the file', async () => {
  const path = join(folder, 'marks.txt');
  const long = 'zwölf '.repeat(100_000).trim();
  await writeFile(path, `a\u2028b\u2029c\u0085d\n${long}\r\nend`);
  expect((await linesOf(path)).map(({ text }) => text)).toEqual(['a\u2028b\u2029c\u0085d', long, 'end']);
});

it('names a file that cannot be read', async () => {
  await mkdir(join(folder, 'b'));
  await expect(linesOf(join(folder, 'b'))).rejects.toThrow(/b: cannot be read \(EISDIR/);
  await expect(linesOf(join(folder, 'c'))).rejects.toThrow(/c: cannot be read \(ENOENT/);
});

it('refuses a line that no record is, without gathering it', async () => {
  const path = join(folder, 'd.txt');
  await writeFile(path, `one\n${'x'.repeat(65 * 2 ** 20)}`);
  await expect(linesOf(path)).rejects.toThrow('d.txt: line 2 is over 64 MB long');
});

it('ends with the reason of a signal', async () => {
  const path = join(folder, 'e.txt');
  await writeFile(path, 'one\ntwo\n');
  await expect(linesOf(path, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});

it('keeps no line that was read', async () => {
  const path = join(folder, 'f.txt');
  const [count, length] = [40_000, 1000];
  await writeFile(path, `${'x'.repeat(length)}\n`.repeat(count));
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const used = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  let after = before;
  let seen = 0;
  for await (const { line } of readLines(path)) {
    seen++;
    if (line === count - 5000) after = used();
  }
  expect(seen).toBe(count);
  expect(after - before).toBeLessThan((count * length) / 4);
});
