import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from './commands.js';
import { runForTest, type TestRun } from './testIo.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/datasets');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-cli-write-'));
  await cp(fixtures, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]): Promise<TestRun> =>
  runForTest(commands, ['dataset', ...words], { workingFolder: folder });
const info = async (dir: string): Promise<Record<string, unknown>> =>
  JSON.parse((await run('info', dir, '--json')).stdout);

describe('dataset convert', () => {
  it('writes a release and says what was lost', async () => {
    const { code, stdout } = await run('convert', 'nwpu-refer', '--to', 'coco', '--out', 'as-coco');
    expect(code).toBe(0);
    expect(stdout).toContain('coco cannot hold:\n  34 sentences\n');
    expect(await info('as-coco')).toMatchObject({ format: 'coco', images: 12, annotations: 47, samples: 0 });
    expect(await run('validate', 'as-coco')).toMatchObject({ code: 0 });
    const again = await run('convert', 'nwpu-refer', '--to', 'coco', '--out', 'as-coco');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('nothing is overwritten')]);
  });

  it('refuses a format that it does not know, and a missing folder', async () => {
    expect(await run('convert', 'nwpu-refer', '--to', 'pascal', '--out', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected one of'),
    });
    expect((await run('convert', 'nwpu-refer', '--to', 'coco')).code).toBe(2);
  });
});

describe('dataset split', () => {
  it('shows the division, and writes it without leaks', async () => {
    const { code, stdout } = await run(
      'split',
      'grefcoco',
      '--parts',
      'train=0.5,test=0.5',
      '--json',
      '--out',
      'divided',
    );
    expect(code).toBe(0);
    const { splits, images, written } = JSON.parse(stdout);
    expect(splits).toEqual([
      { split: 'train', images: 4, samples: 12, single: 4, multi: 4, none: 4 },
      { split: 'test', images: 4, samples: 12, single: 4, multi: 4, none: 4 },
    ]);
    expect(Object.keys(images)).toHaveLength(8);
    expect(written).toMatchObject([{ format: 'grefcoco', notHeld: [] }]);
    expect(await info('divided')).toMatchObject({ splits: { train: 12, test: 12 } });
    const { stdout: found } = await run('validate', 'divided', '--json');
    expect(JSON.parse(found).groups).toEqual({ 'polygon-out-of-bounds': 1 });
  });

  it('writes a set without sentences as a folder a split', async () => {
    await run('convert', 'refcoco', '--to', 'coco', '--out', 'plain');
    const { code } = await run('split', 'plain', '--parts', 'train=3,val=1', '--out', 'plain-divided');
    expect([code, await readdir(join(folder, 'plain-divided'))]).toEqual([0, ['train', 'val']]);
    expect(await info('plain-divided/val')).toMatchObject({ format: 'coco', images: 2 });
  });

  it('refuses parts that are none', async () => {
    for (const parts of ['train', 'train=0', 'train=1,train=2', 'a b=1']) {
      expect((await run('split', 'refcoco', '--parts', parts)).code, parts).toBe(2);
    }
  });
});

describe('dataset subset', () => {
  it('writes a part', async () => {
    const { code, stdout } = await run(
      'subset',
      'nwpu-refer',
      '--kind',
      'multi',
      '--category',
      'ship,car',
      '--out',
      'part',
      '--json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'nwpu-refer', sentences: 6 });
    expect(await info('part')).toMatchObject({ samples: 6, kinds: { single: 0, multi: 6, none: 0 }, images: 6 });
  });

  it('names what there is when nothing fits', async () => {
    expect(await run('subset', 'nwpu-refer', '--category', 'submarine', '--out', 'none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no category 'submarine'"),
    });
    expect((await run('subset', 'nwpu-refer', '--kind', 'some', '--out', 'none')).code).toBe(2);
  });
});
