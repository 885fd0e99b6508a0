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
  folder = await mkdtemp(join(tmpdir(), 'refersat-cli-'));
  await cp(fixtures, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...words: string[]): Promise<TestRun> =>
  runForTest(commands, ['dataset', ...words], { workingFolder: folder });

describe('dataset info', () => {
  it('counts as JSON', async () => {
    const { code, stdout } = await run('info', 'nwpu-refer', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'nwpu-refer',
      images: 12,
      annotations: 55,
      targets: 34,
      samples: 34,
      kinds: { single: 18, multi: 8, none: 8 },
      splits: { train: 13, val: 8, test: 13 },
      splitKinds: { val: { single: 6, multi: 2, none: 0 } },
      categories: { ship: 11, 'no target': 8 },
      languages: { en: 28, zh: 6 },
      sizes: {
        smallest: [110, 110],
        common: [{ size: [96, 128], images: 5 }, { size: [128, 96] }, { size: [110, 110] }],
      },
    });
  });

  it('counts one language', async () => {
    const { stdout } = await run('info', 'nwpu-refer', '--json', '--language', 'zh');
    expect(JSON.parse(stdout)).toMatchObject({ samples: 6, languages: { en: 0, zh: 6 } });
  });

  it('shows a table and the files that were chosen', async () => {
    const { stdout } = await run('info', 'nwpu-refer-nested');
    expect(stdout).toContain('instances.json, refs(unc).p');
    expect(stdout).toContain(join('nwpu-refer-nested', 'image', 'image'));
    expect(stdout).toMatch(/split +images +samples +single +multi +none/);
  });

  it('exits 1 where there is no release, 2 on a wrong flag', async () => {
    const lost = await run('info', '.');
    expect([lost.code, lost.stdout]).toEqual([1, '']);
    expect(lost.stderr).toContain('It looked for');
    expect((await run('info', 'nwpu-refer', '--language', 'latin')).code).toBe(2);
    expect((await run('info', 'nwpu-refer', '--format', 'pascal')).code).toBe(2);
  });
});

describe('dataset samples', () => {
  it('writes one JSON line a sample', async () => {
    const { code, stdout } = await run('samples', 'nwpu-refer', '--json', '--split', 'val');
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(8);
    expect(lines.find(({ sentence }) => sentence === 'all things of group 4')).toMatchObject({
      image: 'P00022.jpg',
      split: 'val',
      kind: 'multi',
      targets: [1018, 1019],
      category: 'car',
      size: expect.any(Array),
      area: expect.any(Number),
      rle: expect.any(String),
    });
  });

  it('names the splits when there is no such split', async () => {
    const { code, stderr } = await run('samples', 'nwpu-refer', '--json', '--split', 'testC');
    expect([code, stderr]).toEqual([1, expect.stringContaining("no split 'testC'; it has ")]);
  });

  it('lists them as a table too', async () => {
    const { stdout } = await run('samples', 'refcoco', '--limit', '3');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
  });
});

describe('dataset validate', () => {
  it('exits 0 where nothing is wrong, 1 where something is', async () => {
    expect(await run('validate', 'refcoco')).toMatchObject({ code: 0, stdout: 'no problems\n' });
    const { code, stdout } = await run('validate', 'nwpu-refer-nested', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'nwpu-refer',
      errors: 2,
      groups: { 'non-object-with-mask': 2, 'target-without-ref': 3 },
      problems: expect.arrayContaining([
        expect.objectContaining({ kind: 'non-object-with-mask', id: 25, record: 'ref 25' }),
      ]),
    });
  });

  it('groups what it found, with what to do', async () => {
    const { stdout } = await run('validate', 'nwpu-refer-nested');
    expect(stdout).toContain('error: non-object expressions with a mask: 2 (non-object-with-mask)');
    expect(stdout).toContain('warning: annotated targets that no sentence names: 3');
    expect(stdout).toContain('    -> empty the mask');
  });

  it('reports a file that cannot be read as JSON when JSON was asked for', async () => {
    await rm(join(folder, 'grefcoco/grefcoco/instances.json'));
    await cp(join(folder, 'grefcoco/grefcoco/grefs(unc).json'), join(folder, 'grefcoco/grefcoco/instances.json'));
    const { code, stdout } = await run('validate', 'grefcoco', '--json');
    expect([code, JSON.parse(stdout).groups]).toEqual([1, { 'missing-image-record': 24 }]);
    expect(await readdir(join(folder, 'grefcoco'))).toEqual(['grefcoco', 'images']);
  });
});
