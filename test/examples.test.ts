import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../src/imagery/index.js';
import { saveTinyModel } from './tinyModel.js';

const root = join(import.meta.dirname, '..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-examples-'));
  await saveTinyModel(join(folder, 'tiny'));
  const data = Uint8Array.from({ length: 3 * 40 * 30 }, (_, at) => Math.round(127 + 100 * Math.sin(at * 0.37)));
  await mkdir(join(folder, 'pictures'));
  for (const name of ['a.png', 'b.png']) {
    await writeFile(join(folder, 'pictures', name), await encodePng({ width: 40, height: 30, data }));
  }
  await writeFile(join(folder, 'pictures/broken.jpg'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs an example as its head says, with the package's name standing for its sources: no build is needed. */
async function runExample(name: string, words: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const code = await readFile(join(root, 'examples', name), 'utf8');
  // In a folder that says "type": "module", as the package's does.
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  const file = join(folder, name);
  await writeFile(file, code.replaceAll("'refersat'", `'${pathToFileURL(join(root, 'src/index.ts')).href}'`));
  return promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...words, '--model', join(folder, 'tiny')], {
    cwd: root,
  });
}

describe('examples', () => {
  it('are all run here', async () => {
    expect((await readdir(join(root, 'examples'))).sort()).toEqual(['many.ts', 'segment.ts', 'worker.ts']);
  });

  it('segment.ts', async () => {
    const { stdout } = await runExample('segment.ts', [join(folder, 'pictures/a.png'), 'the red car', 'the zeppelin']);
    expect(stdout).toMatch(/^the red car: (nothing|\d+ px within \[[\d, ]+\]), score 0\.5\d?\n/);
    expect(stdout).toContain('(never trained on: zeppelin)');
  });

  it('many.ts', async () => {
    const out = join(folder, 'annotations.json');
    const { stdout, stderr } = await runExample('many.ts', [join(folder, 'pictures'), 'the red car', '--out', out]);
    expect(stderr).toContain('broken.jpg');
    expect(stdout).toContain('of 2 pictures');
    const { images, annotations, categories } = JSON.parse(await readFile(out, 'utf8'));
    expect(images).toMatchObject([{ file_name: 'a.png', width: 40, height: 30 }, { file_name: 'b.png' }]);
    expect(categories).toEqual([{ id: 1, name: 'the red car' }]);
    for (const { segmentation, bbox } of annotations) expect([segmentation.size, bbox.length]).toEqual([[30, 40], 4]);
  });

  it('worker.ts', async () => {
    const { stdout } = await runExample('worker.ts', [join(folder, 'pictures/a.png'), 'the red car']);
    expect(stdout).toMatch(/^(nothing|\d+ px in \d+ pieces, score [\d.]+)\n$/);
  });

  it('worker.ts answers what cannot be read by its reason', async () => {
    const broken = join(folder, 'pictures/broken.jpg');
    const failed = await runExample('worker.ts', [broken, 'the red car']).catch((problem) => problem);
    expect(failed).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${broken}: is not an image`),
    });
    expect(failed.stderr, 'no stack of a rejection').not.toContain('    at ');
  });
});

describe('docs/segment.md', () => {
  it('shows a program that runs', async () => {
    const page = await readFile(join(root, 'docs/segment.md'), 'utf8');
    const [, code] = /```ts\n([\s\S]*?)```/.exec(page) as RegExpExecArray;
    const program = code
      .replaceAll("'open'", JSON.stringify(join(folder, 'tiny')))
      .replaceAll("'harbour.jpg'", JSON.stringify(join(folder, 'pictures/a.png')))
      .replaceAll("'refersat'", `'${pathToFileURL(join(root, 'src/index.ts')).href}'`);
    const file = join(folder, 'docs.ts');
    await writeFile(file, program);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    const calls = log.mock.calls;
    log.mockRestore();
    expect(calls).toEqual([
      [expect.any(Boolean), expect.any(Number), expect.toBeOneOf([null, expect.any(Array)])],
      [expect.any(Number), []],
    ]);
  });
});
