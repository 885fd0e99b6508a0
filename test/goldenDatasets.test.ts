import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../src/datasets/index.js';
import { rleArea, rleToString } from '../src/masks/index.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), 'fixtures/datasets');

interface Expected {
  readonly images: number;
  readonly annotations?: number;
  readonly samples: readonly Record<string, unknown>[];
}

const expected: Record<string, Expected> = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'refersat-golden-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

const inOrder = (samples: readonly Record<string, unknown>[]): string[] =>
  samples.map((sample) => JSON.stringify(Object.entries(sample).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

describe('the small release of each format', () => {
  it.each(Object.keys(expected))('%s reads as expected, from its files and from its index', async (name) => {
    const { images, annotations, samples } = expected[name];
    for (const rebuildIndex of [true, false]) {
      const dataset = await openDataset(join(fixtures, name), { cacheFolder, rebuildIndex });
      expect(dataset.images.length).toBe(images);
      if (annotations !== undefined) expect(dataset.annotations.length).toBe(annotations);
      const keys = Object.keys(samples[0]);
      const found = dataset.samples.map((sample) => {
        const mask = sample.mask();
        const { image, split, sentence, kind, targets, category } = sample;
        const size = [mask.height, mask.width];
        const whole = {
          split,
          sentence,
          kind,
          targets,
          category,
          size,
          image: image.file,
          area: rleArea(mask),
          rle: rleToString(mask),
        };
        return Object.fromEntries(Object.entries(whole).filter(([key]) => keys.includes(key)));
      });
      expect(inOrder(found)).toEqual(inOrder(samples));
      expect(new Set(dataset.samples.map(({ id }) => id)).size).toBe(samples.length);
      expect(readdirSync(cacheFolder).length).toBeGreaterThan(0);
    }
  });

  it('is found by looking, and the files are named', async () => {
    const found = await Promise.all(
      Object.keys(expected).map(async (name) => {
        const { format, files, imageFolder } = await openDataset(join(fixtures, name), { cacheFolder });
        return [name, format, files.slice(0, 2).join(' '), imageFolder.slice(fixtures.length + 1)];
      }),
    );
    expect(found).toEqual([
      ['nwpu-refer', 'nwpu-refer', 'new_instances.json new_refs(unc).p', 'nwpu-refer/image'],
      ['nwpu-refer-nested', 'nwpu-refer', 'instances.json refs(unc).p', 'nwpu-refer-nested/image/image'],
      ['rrsis-d', 'rrsis-d', 'rrsisd/instances.json rrsisd/refs(unc).p', 'rrsis-d/images/rrsisd/JPEGImages'],
      ['refcoco', 'refcoco', 'refcoco/instances.json refcoco/refs(unc).p', 'refcoco/images/train2014'],
      ['grefcoco', 'grefcoco', 'grefcoco/instances.json grefcoco/grefs(unc).json', 'grefcoco/images/train2014'],
      ['refsegrs', 'refsegrs', 'output_phrase_test.txt output_phrase_train.txt', 'refsegrs/images'],
      ['risbench', 'risbench', 'output_phrase_test.txt output_phrase_train.txt', 'risbench/img_rgb'],
      [
        'aerial-d',
        'aerial-d',
        'train/annotations/P0000_patch_000000.xml train/annotations/P0002_patch_000000.xml',
        'aerial-d',
      ],
    ]);
  });

  it('is found under another name and beside other folders', async () => {
    const elsewhere = join(cacheFolder, 'copies');
    for (const name of ['nwpu-refer', 'rrsis-d', 'refcoco'])
      cpSync(join(fixtures, name), join(elsewhere, `x-${name}`), { recursive: true });
    for (const name of ['nwpu-refer', 'rrsis-d', 'refcoco']) {
      const { format } = await openDataset(join(elsewhere, `x-${name}`), { cacheFolder });
      expect(format).toBe(name);
    }
    expect((await openDataset(join(elsewhere, 'x-rrsis-d', 'rrsisd'), { cacheFolder })).format).toBe('rrsis-d');
    expect((await openDataset(join(elsewhere, 'x-refcoco', 'refcoco'), { cacheFolder })).format).toBe('refcoco');
  });
});
