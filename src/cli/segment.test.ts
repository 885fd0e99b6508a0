import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveTinyModel } from '../../test/tinyModel.js';
import { encodeJpeg, encodePng } from '../imagery/index.js';
import { damaged } from '../imagery/testDamage.js';
import { decodeRle, rleFromString } from '../masks/index.js';
import { segmentCommand } from './segment.js';
import type { SegmentRecord } from './segmentResults.js';
import { runForTest } from './testIo.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-segment-'));
  await saveTinyModel(join(folder, 'tiny'));
  const data = Uint8Array.from({ length: 3 * 40 * 30 }, (_, at) => Math.round(127 + 100 * Math.sin(at * 0.37)));
  const png = await encodePng({ width: 40, height: 30, data });
  await mkdir(join(folder, 'tiles'));
  for (const name of ['a.png', 'tiles/x.png', 'tiles/y.png']) await writeFile(join(folder, name), png);
  await writeFile(join(folder, 'tiles/broken.png'), png.subarray(0, png.length / 2));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sure = ['--model', 'tiny', '--exists-threshold', '0.01'];
const segment = (words: readonly string[], options: Parameters<typeof runForTest>[2] = {}) =>
  runForTest([segmentCommand], ['segment', ...words, ...sure], { workingFolder: folder, ...options });
const recordsOf = (text: string): SegmentRecord[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const asked = (text: string) => recordsOf(text).map(({ image, sentence }) => [image, sentence]);

describe('refersat segment', () => {
  it('gives mask, overlay and a JSON line for each sentence, which agree', async () => {
    const run = await segment(['a.png', 'the red car', 'all storage tanks', '--out', 'one', '--json']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const records = recordsOf(run.stdout);
    expect(records).toHaveLength(2);
    expect(await readFile(join(folder, 'one/results.jsonl'), 'utf8')).toBe(run.stdout);
    expect((await readdir(join(folder, 'one'))).sort()).toEqual([
      'a_all-storage-tanks_mask.png',
      'a_all-storage-tanks_overlay.png',
      'a_the-red-car_mask.png',
      'a_the-red-car_overlay.png',
      'results.jsonl',
    ]);
    const [record] = records;
    expect(Object.keys(record)).toEqual(
      'image sentence found score area box rle polygons unknownWords milliseconds model'.split(' '),
    );
    expect(record).toMatchObject({ image: 'a.png', sentence: 'the red car', found: true, model: 'tiny' });
    expect(record.rle.size).toEqual([30, 40]);
    const mask = sharp(join(folder, 'one/a_the-red-car_mask.png'));
    expect(await mask.metadata()).toMatchObject({ width: 40, height: 30, channels: 1, depth: 'uchar' });
    const dense = decodeRle(rleFromString(record.rle.counts, 30, 40));
    expect([...(await mask.toColourspace('b-w').raw().toBuffer())]).toEqual([...dense].map((value) => value * 255));
    expect(dense.reduce((sum, value) => sum + value, 0)).toBe(record.area);
    const overlay = await sharp(join(folder, 'one/a_the-red-car_overlay.png')).metadata();
    // Enlarged to 480 px, the sentence on a strip below.
    expect(overlay.width).toBe(480);
    expect(overlay.height).toBeGreaterThan(360);
  });

  it('prints a table without --json, and writes nothing with --no-files', async () => {
    const run = await segment(['a.png', 'the red car', '--out', 'none', '--no-files', '--threshold', '0.4']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^image +sentence +found +score +time\na\.png +the red car +\d+ px +0\.50 +\d+ ms\n$/);
    expect(await readdir(folder)).not.toContain('none');
    const files = await segment(['a.png', 'the red car', '--out', 'table']);
    expect(files.stdout).toContain('a_the-red-car');
    expect(files.stdout).toContain('masks, overlays and results.jsonl: table');
  });

  it('takes folders, patterns, lists and standard input', async () => {
    const quiet = ['--json', '--no-files'];
    const pattern = await segment(['tiles/[xy].png', 'the red car', ...quiet]);
    expect(asked(pattern.stdout)).toEqual([
      ['tiles/x.png', 'the red car'],
      ['tiles/y.png', 'the red car'],
    ]);
    const csv = 'image,sentence\ntiles/x.png,the red car\na.png,"all tanks, storage"\n';
    const wanted = [
      ['tiles/x.png', 'the red car'],
      ['a.png', 'all tanks, storage'],
    ];
    await writeFile(join(folder, 'list.csv'), csv);
    await writeFile(join(folder, 'list.tsv'), csv.replace('"all tanks, storage"', 'all').replaceAll(',', '\t'));
    const jsonLines = wanted.map(([image, sentence]) => JSON.stringify({ image, sentence })).join('\n');
    await writeFile(join(folder, 'list.jsonl'), jsonLines);
    for (const [argument, stdin] of [['list.csv'], ['list.jsonl'], ['-', csv], ['-', jsonLines]]) {
      const run = await segment([argument, ...quiet], { stdin });
      expect([run.code, asked(run.stdout)]).toEqual([0, wanted]);
    }
    expect(asked((await segment(['list.tsv', ...quiet])).stdout)).toEqual([wanted[0], ['a.png', 'all']]);
  });

  it('takes a picture from standard input when there is a sentence', async () => {
    const run = await segment(['-', 'the red car', '--json', '--no-files'], { stdin: 'no picture' });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('standard input: is not an image');
    const png = await readFile(join(folder, 'a.png'));
    const answered = await segment(['-', 'the red car', '--json', '--no-files'], { stdin: png });
    expect([answered.code, asked(answered.stdout)]).toEqual([0, [['-', 'the red car']]]);
    const forgotten = await segment(['-', '--no-files'], { stdin: png });
    expect(forgotten).toMatchObject({ code: 2, stdout: '' });
    expect(forgotten.stderr).toContain('standard input is a picture (PNG), and the sentence is missing');
    // Anything else that is no text is not printed either.
    const binary = await segment(['-', '--no-files'], { stdin: Uint8Array.of(66, 0, 255, 10, 7, 0) });
    expect([binary.code, binary.stderr]).toEqual([
      1,
      'refersat: standard input: is no text (UTF-8); expected lines with image and sentence (CSV or JSON)\n',
    ]);
  });

  it('reports pictures that cannot be read, answers the others, and fails at the end', async () => {
    const run = await segment(['tiles', 'the red car', 'all', '--out', 'some', '--json']);
    expect(run.code).toBe(1);
    expect(asked(run.stdout)).toEqual(
      ['tiles/x.png', 'tiles/y.png'].flatMap((image) => ['the red car', 'all'].map((sentence) => [image, sentence])),
    );
    expect(run.stderr.match(/refersat: tiles\/broken\.png: the image is cut off or damaged/g)).toHaveLength(1);
    expect(run.stderr).toContain('2 of 6 questions are not answered');
    expect(recordsOf(await readFile(join(folder, 'some/results.jsonl'), 'utf8'))).toHaveLength(4);
    await writeFile(join(folder, 'gone.csv'), 'image,sentence\nnowhere.png,x\n');
    const gone = await segment(['gone.csv', '--json', '--no-files']);
    expect(gone).toMatchObject({ code: 1, stdout: '' });
    expect(gone.stderr).toContain('nowhere.png: no such file');
  });

  it('warns of a damaged picture and answers by what can be read', async () => {
    const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, at) => (at * at) % 251);
    await writeFile(join(folder, 'hurt.jpg'), damaged(await encodeJpeg({ width: 64, height: 64, data })));
    const run = await segment(['hurt.jpg', 'the red car', 'all', '--no-files', '--json']);
    expect([run.code, recordsOf(run.stdout).length]).toEqual([0, 2]);
    expect(run.stderr).toMatch(/^warning: hurt\.jpg: the image is damaged \(.*\); what can be read of it is used\n$/);
    // On a terminal it does not stand behind a half-drawn progress, nor does what the model says.
    const shown = await segment(['hurt.jpg', 'the zeppelin', '--no-files', '--json'], { isTTY: true });
    expect(shown.stderr.split('\n').slice(0, -1)).toEqual([
      expect.stringContaining('\r\u001b[2Kwarning: hurt.jpg'),
      expect.stringContaining('\r\u001b[2Kwarning: "the zeppelin"'),
    ]);
  });

  it('names results apart', async () => {
    await mkdir(join(folder, 'other'), { recursive: true });
    await copyFile(join(folder, 'a.png'), join(folder, 'other/A.png'));
    await writeFile(join(folder, 'twice.csv'), 'image,sentence\na.png,the car\nother/A.png,The car!\na.png,the car\n');
    await segment(['twice.csv', '--out', 'twice']);
    const masks = (await readdir(join(folder, 'twice'))).filter((name) => name.endsWith('_mask.png'));
    expect(masks.sort()).toEqual(['A_the-car-2_mask.png', 'a_the-car-3_mask.png', 'a_the-car_mask.png']);
  });

  it('segments pictures beside which it writes, again and again', async () => {
    await mkdir(join(folder, 'beside'));
    for (const name of ['x.png', 'y.png']) await copyFile(join(folder, 'a.png'), join(folder, 'beside', name));
    const wanted = ['beside/x.png', 'beside/y.png'].map((image) => [image, 'the red car']);
    for (const argument of ['beside', 'beside/*.png', 'beside/**/*.png']) {
      for (const out of ['beside', '.']) {
        const run = await segment([argument, 'the red car', '--out', out, '--json']);
        expect([run.code, asked(run.stdout)], `${argument} to ${out}`).toEqual([0, wanted]);
      }
    }
    for (const name of await readdir(folder)) if (/^(x_|y_|results)/.test(name)) await rm(join(folder, name));
  });

  it('keeps the answers of earlier runs about other pictures, also of the same name', async () => {
    for (const place of ['north', 'south']) {
      await mkdir(join(folder, place));
      await copyFile(join(folder, 'a.png'), join(folder, place, 'p.png'));
    }
    const masks = async () => (await readdir(join(folder, 'all'))).filter((name) => name.endsWith('_mask.png')).sort();
    const lines = async () => asked(await readFile(join(folder, 'all/results.jsonl'), 'utf8'));
    const ask = (image: string, sentence: string) => segment([image, sentence, '--out', 'all']);
    await ask('north/p.png', 'the car');
    const second = await ask('south/p.png', 'the car');
    expect(second.stdout).toContain('p_the-car-2');
    const both = [
      ['north/p.png', 'the car'],
      ['south/p.png', 'the car'],
    ];
    expect([await lines(), await masks()]).toEqual([both, ['p_the-car-2_mask.png', 'p_the-car_mask.png']]);
    // The same again, in another order and by another name of the picture: each keeps its own.
    expect((await ask(join(folder, 'south/p.png'), 'the car')).stdout).toContain('p_the-car-2');
    expect((await ask('north/p.png', 'the car')).stdout).not.toContain('p_the-car-2');
    // Other sentences whose names come out the same.
    expect((await ask('north/p.png', 'The car!')).stdout).toContain('p_the-car-3');
    expect((await ask('north/p.png', 'the car 2')).stdout).toContain('p_the-car-2-2');
    expect((await ask('north/p.png', 'The car!')).stdout).toContain('p_the-car-3');
    expect((await ask('north/p.png', 'all tanks')).code).toBe(0);
    expect(await lines()).toEqual([
      ['north/p.png', 'the car'],
      [join(folder, 'south/p.png'), 'the car'],
      ['north/p.png', 'The car!'],
      ['north/p.png', 'the car 2'],
      ['north/p.png', 'all tanks'],
    ]);
    expect(await masks()).toEqual(
      ['all-tanks', 'the-car-2-2', 'the-car-2', 'the-car-3', 'the-car'].map((words) => `p_${words}_mask.png`),
    );
    await writeFile(join(folder, 'all/results.jsonl'), '{"image": 3}\n');
    const foreign = await ask('north/p.png', 'the car');
    expect([foreign.code, foreign.stderr]).toEqual([
      1,
      expect.stringMatching(/results\.jsonl: line 1: is no answer .* choose another folder with --out/),
    ]);
  });

  it('keeps the answers to long sentences of one beginning apart', async () => {
    const beginning = 'the red car beside '.repeat(8);
    const sentences = [`${beginning}the pier`, `${beginning}the road`];
    for (const sentence of [...sentences, ...sentences]) await segment(['a.png', sentence, '--out', 'lengthy']);
    const lines = asked(await readFile(join(folder, 'lengthy/results.jsonl'), 'utf8'));
    expect(lines).toEqual(sentences.map((sentence) => ['a.png', sentence]));
    expect((await readdir(join(folder, 'lengthy'))).filter((name) => name.endsWith('_mask.png'))).toHaveLength(2);
  });

  it('keeps the earlier results.jsonl where results cannot be written, and leaves nothing unfinished', async () => {
    await segment(['a.png', 'the car', '--out', 'stuck']);
    const before = await readFile(join(folder, 'stuck/results.jsonl'), 'utf8');
    await mkdir(join(folder, 'stuck/a_all_mask.png'));
    const run = await segment(['a.png', 'all', 'the car', '--out', 'stuck']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`${join(folder, 'stuck')}: results cannot be written there (EISDIR`);
    expect(run.stderr).toContain('choose another with --out');
    expect(await readFile(join(folder, 'stuck/results.jsonl'), 'utf8')).toBe(before);
    expect((await readdir(join(folder, 'stuck'))).filter((name) => name.includes('partial'))).toEqual([]);
    await mkdir(join(folder, 'taken/results.jsonl'), { recursive: true });
    const taken = await segment(['a.png', 'all', '--out', 'taken']);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('results.jsonl: cannot be read (EISDIR')]);
    expect(await readdir(join(folder, 'taken'))).toEqual(['results.jsonl']);
  });

  it('warns once of words that the model does not know, and of windows and places', async () => {
    const run = await segment(['tiles/[xy].png', 'the leftmost zeppelin', '--tile', '--no-files', '--json']);
    expect(run.stderr.match(/never trained on leftmost, zeppelin/g)).toHaveLength(1);
    expect(recordsOf(run.stdout)[0].unknownWords).toEqual(['leftmost', 'zeppelin']);
    expect(run.stderr).not.toContain('each window');
    const data = new Uint8Array(200 * 40 * 3);
    await writeFile(join(folder, 'wide.png'), await encodePng({ width: 200, height: 40, data }));
    const tiled = await segment(['wide.png', 'the leftmost car', '--tile', '--no-files']);
    expect(tiled.stderr).toContain('each window answers for itself; --resize asks the whole picture');
    const whole = await segment(['wide.png', 'the leftmost car', '--no-files']);
    expect(whole.stderr).toContain("shrunk 6.3 times to the model's 32 px");
    expect((await segment(['wide.png', 'the red car', '--no-files'])).stderr).toBe('');
  });

  it('keeps what is answered when it is stopped, and leaves no half of a file', async () => {
    const rows = Array.from({ length: 2000 }, (_, index) => `a.png,car ${index}`);
    await writeFile(join(folder, 'long.csv'), ['image,sentence', ...rows].join('\n'));
    const stop = new AbortController();
    const running = segment(['long.csv', '--out', 'stopped'], { signal: stop.signal });
    const target = join(folder, 'stopped');
    const names = () => readdir(target).catch((): string[] => []);
    let isEnded = false;
    running.finally(() => {
      isEnded = true;
    });
    while (!isEnded && (await names()).filter((name) => name.endsWith('_overlay.png')).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    stop.abort();
    const run = await running;
    expect(run.code).toBe(130);
    const left = await names();
    expect(left.filter((name) => name.includes('.partial'))).toEqual([]);
    const lines = recordsOf(await readFile(join(target, 'results.jsonl'), 'utf8'));
    const masks = left.filter((name) => name.endsWith('_mask.png'));
    expect([masks.length, left.length]).toEqual([lines.length, 2 * lines.length + 1]);
    expect(lines.length).toBeLessThan(2000);
    for (const name of left.filter((file) => file.endsWith('.png'))) await sharp(join(target, name)).stats();
  });

  it.each([
    [['a.png'], 'a picture needs a sentence'],
    [['a.png', ' '], 'the sentence is empty; say what to find'],
    [['a.png', '\u200b'], 'the sentence is empty; say what to find'],
    [['a.png', 'tiles/x.png', 'the red car'], 'tiles/x.png is a picture, where a sentence is expected'],
    [['list.csv', 'the red car'], 'list.csv brings its own sentences'],
    [['a.png', 'x', '--tile', '--resize'], '--tile and --resize exclude each other'],
    [['a.png', 'x', '--threshold', '1'], '--threshold'],
    [['a.png', 'x', '--threshold', 'half'], '--threshold'],
    [['a.png', 'x', '--exists-threshold', '-1'], '--exists-threshold'],
    [['a.png', 'x', '--views', '3'], '--views: expected 1, 2 or 4'],
    [['a.png', 'x', '--threads', '0'], '--threads'],
    [['a.png', 'x', '--device', 'tpu'], '--device'],
  ])('refuses %j as a usage error', async (words, message) => {
    const run = await runForTest([segmentCommand], ['segment', ...words], { workingFolder: folder });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain(message);
  });

  it.each([
    [['none.png', 'x'], 'none.png: no such file or folder'],
    [['none.csv'], 'none.csv: cannot be read'],
    [['-'], 'standard input: holds no question'],
    [['a.png', 'x', '--model', 'none'], 'none: is neither a shipped model'],
    [['a.png', 'x', '--model', 'tiny', '--out', 'a.png'], 'results cannot be written there'],
  ])('fails on %j with what to do', async (words, message) => {
    const run = await runForTest([segmentCommand], ['segment', ...words], { workingFolder: folder });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(message);
  });
});
