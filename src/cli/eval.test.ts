import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTestCheckpoint } from '../evaluation/testCheckpoint.js';
import { writeTestData } from '../evaluation/testData.js';
import { damageFile } from '../imagery/testDamage.js';
import { evalCommand } from './eval.js';
import { scoreCommand } from './score.js';
import { runForTest } from './testIo.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-eval-'));
  await writeTestData(join(folder, 'data'));
  await writeTestCheckpoint(join(folder, 'model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]) => runForTest([evalCommand, scoreCommand], words, { workingFolder: folder });

/** The flags of nearly every test; a low threshold makes the random model answer. */
const base = ['eval', '--data', 'data', '--model', 'model', '--exists-threshold', '0.001'];
const gres = [...base, '--protocol', 'gres'];

interface Json {
  readonly all: Record<string, number | null>;
  readonly [key: string]: unknown;
}

async function json(...words: string[]): Promise<Json> {
  const { code, stdout, stderr } = await run(...words, '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Json;
}

describe('refersat eval', () => {
  it.each(['rrsis', 'gres'] as const)('prints the scores of %s as JSON', async (protocol) => {
    const result = await json(...base, '--protocol', protocol);
    expect(Object.keys(result).slice(0, 4)).toEqual(['protocol', 'all', 'kind', 'category']);
    const names = protocol === 'rrsis' ? ['mIoU', 'oIoU'] : ['gIoU', 'cIoU', 'N-acc', 'T-acc'];
    const precisions = ['Pr@0.5', 'Pr@0.6', 'Pr@0.7', 'Pr@0.8', 'Pr@0.9'];
    expect(Object.keys(result.all)).toEqual(['samples', ...names, ...precisions]);
    expect(result).toMatchObject({
      protocol,
      all: { samples: 9 },
      kind: { single: { samples: 6 }, multi: { samples: 2 }, none: { samples: 1 } },
      targets: { samples: 8 },
      scoredAt: '480x480',
      native: null,
      model: { name: 'model', model: 'mrsnet', imageSizePx: 64 },
      data: [{ name: 'data', samples: 9 }],
      split: 'val',
      control: null,
      broken: { pictures: 0, records: 0 },
    });
    expect(Object.keys(result.category as object)).toEqual(['no target', 'ship', 'storage tank']);
    expect(Object.keys(result.size as object)).toEqual(['small', 'medium', 'large']);
  });

  it.each([
    ['480', 'rrsis', [480, 480]],
    ['480', 'gres', [480, 480]],
    ['native', 'rrsis', [40, 64]],
    ['native', 'gres', [40, 64]],
  ] as const)('agrees with score on what it saves, at size %s in %s', async (size, protocol, firstSize) => {
    const files = ['P.jsonl', 'T.jsonl'];
    const evaluated = await json(
      ...[...base, '--protocol', protocol, '--size', size],
      ...['--save-predictions', files[0], '--save-truth', files[1]],
    );
    const scored = await json('score', '--predictions', files[0], '--truth', files[1], '--protocol', protocol);
    const { all, kind, category } = evaluated;
    expect({ protocol, all, kind, category }).toEqual(scored);
    expect(evaluated.all[protocol === 'gres' ? 'cIoU' : 'oIoU']).toBeGreaterThan(0);
    const [first] = (await readFile(join(folder, files[1]), 'utf8')).split('\n');
    expect(JSON.parse(first)).toMatchObject({ size: firstSize });
  });

  it('scores both sizes of the same predictions', async () => {
    const both = await json(...gres, '--size', 'both');
    const native = await json(...gres, '--size', 'native');
    const published = await json(...gres);
    expect(both.all).toEqual(published.all);
    const keys = ['all', 'kind', 'category', 'targets', 'size', 'construct'] as const;
    expect(both.native).toEqual(Object.fromEntries(keys.map((key) => [key, native[key]])));
    expect(native.scoredAt).toBe('native');
  });

  it('draws the same samples by the same seed', async () => {
    const idsOf = async (seed: string): Promise<string[]> => {
      await json(...gres, '--limit', '4', '--seed', seed, '--save-predictions', 'limited.jsonl');
      const text = await readFile(join(folder, 'limited.jsonl'), 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id);
    };
    const first = await idsOf('1');
    expect(first).toHaveLength(4);
    expect(await idsOf('1')).toEqual(first);
    expect(await idsOf('2')).not.toEqual(first);
  });

  it('evaluates the sentences of one language', async () => {
    expect((await json(...gres, '--language', 'zh')).all.samples).toBe(2);
  });

  it.each([
    // Three of the nine get another picture's sentence in the same words.
    ['shuffled', 9, 6, 0],
    ['category', 8, 8, 1],
    ['mirrored', 9, 4, 0],
  ] as const)('asks the sentences of the control %s beside their own', async (name, samples, changed, leftOut) => {
    const { stderr, stdout, code } = await run(...gres, '--control', name, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Json;
    const own = { samples: changed };
    expect(result).toMatchObject({ all: { samples }, control: { name, changed, leftOut, own, asked: own } });
    expect(stderr).toContain(`control ${name}: asks ${changed} samples another sentence`);
    expect(stderr.includes('left out')).toBe(leftOut > 0);
    if (changed === samples) expect((result.control as { asked: unknown }).asked).toEqual(result.all);
  });

  it('reports the changed samples by their own sentences as a plain evaluation does', async () => {
    // The control `category` changes just the samples that have a target.
    const plain = await json(...gres);
    const { stdout } = await run(...gres, '--control', 'category', '--json');
    expect((JSON.parse(stdout) as { control: { own: unknown } }).control.own).toEqual(plain.targets);
  });

  it('prints a table with every group, and of the control', async () => {
    const { stdout, stderr } = await run(...base, '--protocol', 'rrsis', '--size', 'both', '--control', 'mirrored');
    expect(stdout.startsWith('model (mrsnet nano) on data val: protocol rrsis, size 480x480 and native')).toBe(true);
    const labels = stdout.split('\n').map((line) => line.split(/ {2,}/)[0]);
    const groups = ['rrsis', 'all', 'single', 'multi', 'none', 'with a target', 'target small', 'category ship'];
    expect(labels).toEqual(expect.arrayContaining([...groups, 'at native', 'own sentences', 'mirrored']));
    expect(stderr).toMatch(/evaluating: 13 samples in/);
  });

  it('writes the format that the name of --out ends in', async () => {
    for (const [ending, start] of [
      ['csv', 'protocol,table,group,name,samples,gIoU'],
      ['md', 'model (mrsnet nano) on data val'],
      ['tex', '% needs \\usepackage{booktabs}'],
      ['json', '{"protocol":"gres","all":{"samples":1'],
      ['txt', 'model (mrsnet nano)'],
    ] as const) {
      const { stdout, stderr } = await run(...gres, '--limit', '1', '--out', `scores.${ending}`);
      expect(stdout).toBe('');
      expect(stderr).toContain(`scores: scores.${ending}`);
      expect((await readFile(join(folder, `scores.${ending}`), 'utf8')).startsWith(start)).toBe(true);
    }
    expect((await run(...gres, '--limit', '1', '--format', 'markdown')).stdout).toContain('| gres | samples | gIoU |');
  });

  it('writes a page of the worst cases that needs nothing beside itself', async () => {
    const { code, stderr } = await run(...gres, '--worst', 'worst', '--worst-count', '3', '--control', 'shuffled');
    expect(code).toBe(0);
    expect(stderr).toContain('worst cases: worst/index.html');
    expect((await readdir(join(folder, 'worst'))).sort()).toEqual(['index.html', 'pictures']);
    expect(await readdir(join(folder, 'worst', 'pictures'))).toEqual(['0001.jpg', '0002.jpg', '0003.jpg']);
    const page = await readFile(join(folder, 'worst', 'index.html'), 'utf8');
    expect(page.match(/<figure/g)).toHaveLength(3);
    expect(page).not.toMatch(/(?:src|href)="(?:https?:|\/)/);
    expect(page).toContain('own sentence: ');
    expect(await run(...gres, '--worst', 'worst')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('nothing is overwritten'),
    });
  });

  it('skips a broken picture when it is told to', async () => {
    await writeTestData(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'image', 'P2.jpg'), 'no picture');
    const words = ['eval', '--data', 'broken', '--model', 'model', '--protocol', 'gres'];
    expect(await run(...words)).toMatchObject({ code: 1, stderr: expect.stringContaining('P2.jpg') });
    const { code, stdout, stderr } = await run(...words, '--on-broken', 'skip', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ all: { samples: 5 }, broken: { pictures: 1, records: 0 } });
    expect(stderr).toContain('1 broken pictures were left out');
  });

  it('warns of a damaged picture and scores it all the same', async () => {
    await writeTestData(join(folder, 'damaged'));
    await damageFile(join(folder, 'damaged', 'image', 'P2.jpg'));
    const words = ['eval', '--data', 'damaged', '--model', 'model', '--protocol', 'gres', '--json'];
    const { code, stdout, stderr } = await run(...words, '--control', 'category');
    expect([code, JSON.parse(stdout).broken.pictures]).toEqual([0, 0]);
    expect(stderr.match(/warning: .*P2\.jpg: the image is damaged .*; what can be read of it is used/g)).toHaveLength(
      1,
    );
  });

  it('says what is wrong, where, and what to do next', async () => {
    const faults: [words: string[], code: number, message: RegExp][] = [
      [
        [...gres, '--split', 'dev'],
        1,
        /data: has no split 'dev'; it has train \(\d+ samples\), val \(9 samples\), test/,
      ],
      [[...base, '--protocol', 'coco'], 2, /--protocol: expected rrsis or gres/],
      [base, 2, /--protocol: expected rrsis or gres/],
      [['eval', '--protocol', 'gres'], 2, /--data: name at least one data set/],
      [[...gres, '--views', 'all'], 2, /--views: expected 1, 2 or 4/],
      [[...gres, '--size', '512'], 2, /--size: expected 480, native or both/],
      [[...gres, '--control', 'none'], 2, /--control: expected shuffled, category or mirrored/],
      [[...gres, '--json', '--format', 'csv'], 2, /exclude each other/],
      [[...gres, '--save-predictions', 'x', '--save-truth', './x'], 2, /the same file/],
      [
        ['eval', '--data', 'data', '--model', 'nowhere', '--protocol', 'gres'],
        1,
        /nowhere: is neither a shipped model/,
      ],
      [
        ['eval', '--data', 'model', '--model', 'model', '--protocol', 'gres'],
        1,
        /model: no release that refersat knows/,
      ],
      [[...gres, '--control', 'mirrored', '--limit', '1'], 1, /changes none of the 1 sentences/],
      [[...gres, '--save-predictions', 'model/config.json/p'], 1, /model\/config\.json\/p: cannot be written/],
      [[...gres, '--save-truth', 'model'], 1, /model: is a folder, where a file is to be written/],
    ];
    for (const [words, code, message] of faults) {
      const result = await run(...words);
      expect({ code: result.code, stdout: result.stdout }, words.join(' ')).toEqual({ code, stdout: '' });
      expect(result.stderr).toMatch(message);
    }
  });

  it('prints its scores also when predictions or the page of the worst cases cannot be written', async () => {
    const kept = join(folder, 'kept.jsonl');
    const running = run(...gres, '--json', '--save-predictions', 'taken.jsonl', '--save-truth', 'kept.jsonl');
    // Once the file is begun a folder takes its name.
    while (!(await readdir(folder)).some((name) => name.startsWith('.taken.jsonl'))) await setTimeout(1);
    await mkdir(join(folder, 'taken.jsonl'));
    const lost = await running;
    expect([lost.code, lost.stderr]).toEqual([
      1,
      expect.stringMatching(/taken\.jsonl: cannot be written \(EISDIR: .*\. Name another place\n$/),
    ]);
    expect(JSON.parse(lost.stdout)).toMatchObject({ all: { samples: 9 } });
    expect((await readFile(kept, 'utf8')).trim().split('\n')).toHaveLength(9);
    const page = await run(...gres, '--json', '--worst', 'kept.jsonl/page');
    expect([page.code, page.stderr]).toEqual([
      1,
      expect.stringMatching(/kept\.jsonl\/page: cannot be written \(ENOTDIR: .*\. Name another place\n$/),
    ]);
    expect(JSON.parse(page.stdout)).toMatchObject({ all: { samples: 9 } });
  });

  it('stops at Ctrl-C and leaves no file behind', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped by Ctrl-C'));
    const words = [...gres, '--save-predictions', 'half.jsonl', '--out', 'half.json'];
    const result = await runForTest([evalCommand], words, { workingFolder: folder, signal: stop.signal });
    expect(result).toMatchObject({ code: 130, stdout: '', stderr: 'stopped\n' });
    expect((await readdir(folder)).filter((name) => name.includes('half'))).toEqual([]);
  });
});
