import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../datasets/index.js';
import { blankImage, encodePng } from '../imagery/index.js';
import { datasetValidateCommand } from './datasetValidate.js';
import { generateCommand } from './generate.js';
import { runForTest, type TestRun } from './testIo.js';

type Box = readonly [x: number, y: number, width: number, height: number];
interface Thing {
  readonly image: number;
  readonly category: number;
  readonly box: Box;
  readonly boxOnly?: boolean;
  /** Outlines, where the mask is not the box itself. */
  readonly pieces?: readonly Box[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-generate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const corners = ([x, y, w, h]: Box): number[] => [x, y, x + w, y, x + w, y + h, x, y + h];

/** Writes a COCO set of plain pictures with rectangles painted white. */
async function writeSet(
  name: string,
  sizes: readonly (readonly [number, number])[],
  categories: readonly string[],
  things: readonly Thing[],
): Promise<string> {
  const root = join(folder, name);
  await mkdir(join(root, 'images'), { recursive: true });
  for (const [index, [width, height]] of sizes.entries()) {
    const image = blankImage(width, height, [70, 110, 60]);
    for (const { box } of things.filter((thing) => thing.image === index)) {
      const [x, y, w, h] = box;
      for (let row = y; row < Math.min(height, y + h); row++) {
        image.data.fill(250, (row * width + x) * 3, (row * width + Math.min(width, x + w)) * 3);
      }
    }
    await writeFile(join(root, 'images', `${index}.png`), await encodePng(image));
  }
  const annotations = {
    images: sizes.map(([width, height], index) => ({ id: index + 1, file_name: `${index}.png`, width, height })),
    annotations: things.map(({ image, category, box, boxOnly, pieces = [box] }, index) => ({
      id: index + 1,
      image_id: image + 1,
      category_id: category,
      bbox: box,
      area: box[2] * box[3],
      iscrowd: 0,
      ...(!boxOnly && { segmentation: pieces.map(corners) }),
    })),
    categories: categories.map((category, index) => ({ id: index + 1, name: category })),
  };
  await writeFile(join(root, 'annotations.json'), JSON.stringify(annotations));
  return root;
}

const run = (...words: string[]): Promise<TestRun> => runForTest([generateCommand], ['generate', ...words]);

/** Runs on a set and expects the validator to find nothing in what came out. */
async function expectClean(from: string, ...flags: string[]): Promise<string> {
  const out = `${from}-out`;
  const made = await run('--from', from, '--out', out, ...flags);
  expect(made.code, made.stderr).toBe(0);
  const judged = await runForTest([datasetValidateCommand], ['dataset', 'validate', out]);
  expect(judged.stdout + judged.stderr).toContain('no problems');
  return out;
}

const ships: readonly Thing[] = [
  { image: 0, category: 1, box: [5, 6, 20, 10] },
  { image: 0, category: 1, box: [60, 8, 12, 6] },
  { image: 0, category: 1, box: [70, 60, 24, 14] },
  { image: 0, category: 2, box: [10, 70, 30, 16] },
  { image: 1, category: 2, box: [40, 40, 20, 20] },
  { image: 2, category: 1, box: [10, 40, 20, 8] },
  { image: 2, category: 1, box: [70, 42, 20, 8] },
];
const threeSizes = [
  [100, 100],
  [100, 100],
  [100, 100],
] as const;

describe('refersat generate --from', () => {
  it('writes a release that the validator has nothing against, with traces of every sentence', async () => {
    const out = await expectClean(await writeSet('ships', threeSizes, ['ship', 'harbor', 'bridge'], ships));
    const dataset = await openDataset(out);
    const traces = JSON.parse(await readFile(join(out, 'scenes.json'), 'utf8'));
    const sentences = traces.scenes.flatMap((scene: { sentences: unknown[] }) => scene.sentences);
    expect(sentences.length).toBe(dataset.samples.length);
    for (const sample of dataset.samples) {
      const trace = sentences.find((sentence: { sentenceId: number }) => sentence.sentenceId === sample.sentenceId);
      expect(trace.sentence).toBe(sample.raw);
      expect(trace.targets).toEqual(sample.targets);
      expect(trace.kind).toBe(sample.kind);
      expect(trace.form).toBeDefined();
    }
    const [scene] = traces.scenes;
    expect(scene.objects[0]).toMatchObject({ category: 'ship', colour: 'white', hasMask: true, clipped: false });
    expect((await readdir(join(out, 'image'))).length).toBe(dataset.images.length);
  });

  it('gives the same bytes for the same seed and others for another', async () => {
    const from = await writeSet('same', threeSizes, ['ship', 'harbor'], ships);
    const texts: string[] = [];
    for (const [name, seed] of [
      ['a', '5'],
      ['b', '5'],
      ['c', '6'],
    ]) {
      const out = join(folder, `same-${name}`);
      expect((await run('--from', from, '--out', out, '--seed', seed)).code).toBe(0);
      const files = ['instances.json', 'refs(unc).p', 'scenes.json'];
      texts.push((await Promise.all(files.map((file) => readFile(join(out, file), 'latin1')))).join('\n'));
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  it('outlines what sentences mean, or all things on request, with the same sentences', async () => {
    const from = await writeSet('outlined', threeSizes, ['ship', 'harbor'], ships);
    const made = async (which: string) => {
      const out = join(folder, `outlined-${which}`);
      const flags = ['--sentences', '1', '--kinds', 'single', '--annotations', which, '--json'];
      const { stdout, code } = await run('--from', from, '--out', out, ...flags);
      expect(code).toBe(0);
      return { ...(await openDataset(out)), reported: JSON.parse(stdout) as { targets: number } };
    };
    const [meant, all] = [await made('targets'), await made('all')];
    expect(meant.annotations.map(({ id }) => id)).toEqual(meant.samples.flatMap(({ targets }) => targets).sort());
    expect(all.annotations.length).toBe(ships.length);
    expect(all.annotations.map(({ category }) => category)).toEqual(
      ships.map(({ category }) => ['ship', 'harbor'][category - 1]),
    );
    const asked = ({ samples }: typeof all) => samples.map(({ raw, targets }) => [raw, targets]);
    expect(asked(all)).toEqual(asked(meant));
    expect(all.reported.targets).toBe(meant.reported.targets);
    const unknown = await run('--from', from, '--out', join(folder, 'outlined-some'), '--annotations', 'some');
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('--annotations');
  });

  it('never overwrites, and leaves nothing behind when stopped', async () => {
    const from = await writeSet('again', threeSizes, ['ship', 'harbor'], ships);
    const out = join(folder, 'again-out');
    await mkdir(out);
    await writeFile(join(out, 'precious.txt'), 'mine');
    const refused = await run('--from', from, '--out', out);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('nothing is overwritten');
    expect(await readdir(out)).toEqual(['precious.txt']);
    const below = await run('--from', from, '--out', join(out, 'precious.txt', 'deep'));
    expect([below.code, below.stderr]).toEqual([1, expect.stringMatching(/deep: cannot be written \(ENOTDIR: .*\n$/)]);
    const stop = new AbortController();
    stop.abort();
    const stopped = await runForTest(
      [generateCommand],
      ['generate', '--from', from, '--out', join(folder, 'stopped')],
      { signal: stop.signal },
    );
    expect(stopped.code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  it('keeps to languages, kinds and splits that are asked for', async () => {
    const from = await writeSet('asked', threeSizes, ['ship', 'harbor'], ships);
    const out = await expectClean(from, '--languages', 'zh', '--kinds', 'single', '--splits', 'train=1', '--json');
    const { samples } = await openDataset(out);
    expect(samples.length).toBeGreaterThan(3);
    for (const { language, kind, split } of samples) expect([language, kind, split]).toEqual(['zh', 'single', 'train']);
  });

  it('explains wrong options', async () => {
    const from = await writeSet('wrong', threeSizes, ['ship', 'harbor'], ships);
    const out = join(folder, 'wrong-out');
    const cases: [string[], string][] = [
      [[], 'either --from <dir> or --scenes'],
      [['--from', from, '--scenes', '3'], 'either --from <dir> or --scenes'],
      [['--from', from, '--languages', 'fr'], "no 'fr'"],
      [['--from', from, '--mix', 'relation=lots'], 'name with a share'],
      [['--from', from, '--mix', 'rhyme=1'], "no 'rhyme'"],
      [['--from', from, '--splits', 'train=0'], 'no split has a share'],
      [['--from', from, '--kinds', 'single=0'], 'every share is 0'],
      [['--from', from, '--sentences', '0'], '--sentences'],
    ];
    for (const [words, message] of cases) {
      const refused = await run(...words, '--out', out);
      expect(refused.code, words.join(' ')).toBe(2);
      expect(refused.stderr).toContain(message);
    }
    const unknown = await run('--from', from, '--out', out, '--cover', 'lava');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("no category 'lava'; it has ship, harbor");
    const kept = await run('--from', from, '--out', out, '--keep-splits');
    expect(kept.stderr).toContain('no splits to keep');
  });
});

describe('refersat generate --from a difficult set', () => {
  it('says why a set of boxes, or of nothing, gives no sentences', async () => {
    const boxes = ships.map((thing) => ({ ...thing, boxOnly: true }));
    const from = await writeSet('boxes', threeSizes, ['ship', 'harbor'], boxes);
    const refused = await run('--from', from, '--out', `${from}-out`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('all 7 annotations are boxes');
    const empty = await writeSet('empty', threeSizes, ['ship'], []);
    expect((await run('--from', empty, '--out', `${empty}-out`)).stderr).toContain('no annotated object');
  });

  it('uses boxes for what is meant, but never as targets', async () => {
    const mixed = ships.map((thing, index) => ({ ...thing, boxOnly: index === 1 }));
    const out = await expectClean(await writeSet('mixed', threeSizes, ['ship', 'harbor'], mixed), '--sentences', '20');
    for (const { targets, raw } of (await openDataset(out)).samples) expect(targets, raw).not.toContain(2);
  });

  it('means land cover as a whole, and finds it by looking', async () => {
    const pieces: Box[] = [
      [5, 5, 20, 20],
      [40, 10, 15, 30],
      [10, 60, 30, 20],
    ];
    const things = Array.from(
      { length: 6 },
      (_, image): Thing => ({ image, category: 1, box: [5, 5, 50, 75], pieces }),
    );
    const from = await writeSet('cover', Array(6).fill([100, 100]), ['water', 'road'], things);
    const out = await expectClean(from, '--languages', 'en');
    const said = (await openDataset(out)).samples
      .filter(({ kind }) => kind === 'single')
      .map(({ sentence }) => sentence);
    expect(said.length).toBeGreaterThan(0);
    for (const sentence of said) expect(sentence).toMatch(/\bwater\b/);
    for (const sentence of said) expect(sentence).not.toMatch(/largest|left|right|area|body/);
    const without = `${from}-instances`;
    expect((await run('--from', from, '--out', without, '--cover', '')).stderr).not.toContain('land cover');
  });

  it('takes a set without names for its categories', async () => {
    const things = ships.map((thing) => ({ ...thing, category: 1 }));
    const out = await expectClean(await writeSet('nameless', threeSizes, ['7'], things));
    expect((await openDataset(out)).samples.some(({ raw }) => /class 7 object/i.test(raw))).toBe(true);
  });

  it('names unknown categories by their own names', async () => {
    const from = await writeSet('unknown', threeSizes, ['Beluga_whale', '冰山'], ships);
    const out = await expectClean(from, '--sentences', '12');
    const { samples } = await openDataset(out);
    expect(samples.some(({ raw }) => /\bbeluga whales?\b/i.test(raw))).toBe(true);
    expect(samples.some(({ raw }) => raw.includes('冰山'))).toBe(true);
    expect(samples.some(({ raw }) => /beluga.*冰山|冰山.*beluga/i.test(raw))).toBe(false);
  });

  it('takes a picture of one pixel', async () => {
    const things: Thing[] = [...ships, { image: 3, category: 1, box: [0, 0, 1, 1] }];
    const from = await writeSet('pixel', [...threeSizes, [1, 1]], ['ship', 'harbor'], things);
    await expectClean(from);
    const alone = await writeSet('lone-pixel', [[1, 1]], ['ship'], [{ image: 0, category: 1, box: [0, 0, 1, 1] }]);
    const refused = await run('--from', alone, '--out', `${alone}-out`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('no sentence could be made');
  });

  it('takes a picture of 5,000 objects', async () => {
    const things = Array.from(
      { length: 5000 },
      (_, index): Thing => ({
        image: 0,
        category: 1 + (index % 3 === 0 ? 1 : 0),
        box: [(index % 100) * 12 + 2, Math.floor(index / 100) * 12 + 2, 7, 5 + (index % 4)],
      }),
    );
    const from = await writeSet('crowd', [[1210, 610]], ['car', 'truck'], things);
    const out = await expectClean(from, '--min-area', '20');
    expect((await openDataset(out)).samples.length).toBeGreaterThan(0);
  });

  it('takes pictures that EXIF turns to the size that their annotations say', async () => {
    const oblong = threeSizes.map(([width, height]): [number, number] => [width + 40, height]);
    const from = await writeSet('turned', oblong, ['ship', 'harbor'], ships);
    for (const index of oblong.keys()) {
      const file = join(from, 'images', `${index}.png`);
      const stored = await sharp(file).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
      await writeFile(file, stored);
    }
    const made = await run('--from', from, '--out', `${from}-out`);
    expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('left out')]);
  });

  it('leaves out pictures that cannot be used and says which', async () => {
    const from = await writeSet('broken', threeSizes, ['ship', 'harbor'], ships);
    await writeFile(join(from, 'images', '1.png'), 'not a picture');
    await rm(join(from, 'images', '2.png'));
    const made = await run('--from', from, '--out', `${from}-out`);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain('1.png');
    expect(made.stderr).toContain('2.png');
    await writeFile(join(from, 'images', '0.png'), await encodePng(blankImage(50, 50)));
    const refused = await run('--from', from, '--out', `${from}-out2`);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('not one of 3 pictures can be used');
    expect(refused.stderr).toContain('50 x 50 pixels, the annotations say 100 x 100');
  });
});

describe('refersat generate --scenes', () => {
  it('renders a release that does not depend on the number of workers', async () => {
    const texts: string[] = [];
    for (const workers of ['1', '2']) {
      const out = join(folder, `scenes-${workers}`);
      const words = ['--scenes', '3', '--seed', '4', '--size', '192', '--workers', workers, '--out', out];
      const made = await run(...words);
      expect(made.code, made.stderr).toBe(0);
      const names = (await readdir(join(out, 'image'))).sort();
      const files = ['instances.json', 'refs(unc).p', 'scenes.json', ...names.map((name) => join('image', name))];
      texts.push((await Promise.all(files.map((file) => readFile(join(out, file), 'latin1')))).join('\n'));
      const judged = await runForTest([datasetValidateCommand], ['dataset', 'validate', out]);
      expect(judged.stdout + judged.stderr).toContain('no problems');
    }
    expect(texts[1]).toBe(texts[0]);
  });
});
