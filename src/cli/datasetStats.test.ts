import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from './commands.js';
import { runForTest, type TestRun } from './testIo.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/datasets');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-stats-'));
  await cp(fixtures, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]): Promise<TestRun> =>
  runForTest(commands, ['dataset', 'stats', ...words], { workingFolder: folder });

describe('dataset stats', () => {
  it('writes a page of charts that needs nothing else, and a CSV of each', async () => {
    expect((await run('nwpu-refer', '--out', 'out')).code).toBe(0);
    const files = await readdir(join(folder, 'out'));
    const page = await readFile(join(folder, 'out/index.html'), 'utf8');
    const { document } = parseHTML(page);
    const titles = [...document.querySelectorAll('figure h2')].map(({ textContent }) => textContent);
    expect(titles).toEqual([
      'Targets per category',
      'Mask area',
      'Part of the picture',
      'Where the targets lie',
      'Image sizes',
      'Sentence length',
      'Targets per sentence',
      'Words, English',
      'Words, Chinese',
      'Samples per split',
    ]);
    for (const figure of document.querySelectorAll('figure')) {
      expect(figure.querySelector('svg')?.querySelectorAll('rect, text').length).toBeGreaterThan(2);
      expect(files).toContain(figure.querySelector('a')?.getAttribute('href'));
    }
    expect(page).not.toMatch(/<script|NaN|undefined|(src|href)="(https?:)?\/\//);
  });

  it('counts what is there', async () => {
    const rows = async (name: string): Promise<string[][]> => parse(await readFile(join(folder, 'out', name), 'utf8'));
    expect(await rows('categories.csv')).toEqual([
      ['category', 'targets'],
      ['ship', '12'],
      ['car', '8'],
      ['building', '7'],
      ['storage tank', '7'],
    ]);
    expect(await rows('targets-per-sentence.csv')).toEqual([
      ['targets', 'sentences'],
      ['0', '8'],
      ['1', '18'],
      ['2', '6'],
      ['5', '2'],
    ]);
    const sum = (table: string[][]): number => table.slice(1).reduce((total, row) => total + Number(row.at(-1)), 0);
    expect(sum(await rows('mask-areas.csv'))).toBe(34);
    expect(sum(await rows('mask-parts.csv'))).toBe(34);
    expect(sum(await rows('positions.csv'))).toBe(34);
    expect(sum(await rows('image-sizes.csv'))).toBe(12);
    expect(sum(await rows('sentence-lengths.csv'))).toBe(34);
    expect(sum(await rows('splits.csv'))).toBe(34);
    expect(await rows('words.csv')).toContainEqual(['en', 'storage', '3']);
  });

  it.each(['refsegrs', 'aerial-d', 'grefcoco'])('draws %s too', async (name) => {
    expect((await run(name, '--out', `out-${name}`)).code).toBe(0);
    const page = await readFile(join(folder, `out-${name}`, 'index.html'), 'utf8');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('stops at a broken mask and writes nothing, or counts it when told so', async () => {
    const path = join(folder, 'refcoco/refcoco/instances.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"segmentation": ?\[\[[\d.]+, ?/, '"segmentation":[['));
    const stopped = await run('refcoco', '--out', 'out-broken');
    expect(stopped).toMatchObject({ code: 1, stdout: '' });
    expect(stopped.stderr).toMatch(/refcoco\/instances\.json: annotation 1001: polygon 1 has 7 numbers.*--skip-faulty/);
    expect(await readdir(folder)).not.toContain('out-broken');
    expect((await run('refcoco', '--out', 'out-skipped', '--skip-faulty')).code).toBe(0);
    expect(await readFile(join(folder, 'out-skipped/index.html'), 'utf8')).toContain('1 target with a broken mask is');
    await writeFile(path, text);
  });

  it('gives the same page again, and overwrites nothing', async () => {
    await run('nwpu-refer', '--out', 'again');
    expect(await readFile(join(folder, 'again/index.html'))).toEqual(await readFile(join(folder, 'out/index.html')));
    expect(await run('nwpu-refer', '--out', 'again')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is overwritten'),
    });
  });
});
