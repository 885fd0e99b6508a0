import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rleArea, rleFromBox } from '../masks/index.js';
import { readPickle } from '../pickles/index.js';
import { openDataset } from './openDataset.js';
import type { Release } from './release.js';
import { writeNwpuRefer } from './writeNwpuRefer.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-nwpu-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const release: Release = {
  info: { description: 'made for this test' },
  images: [
    { id: 4, file: 'a.jpg', width: 40, height: 30 },
    { id: 9, file: 'deep/b.jpg', width: 20, height: 20 },
  ],
  annotations: [
    { id: 1, imageId: 4, category: 'ship', polygons: [[1, 1, 6, 1, 6, 5, 1, 5]] },
    { id: 2, imageId: 4, category: 'ship', rle: rleFromBox([10, 10, 4, 3], 30, 40), isCrowd: true },
    { id: 7, imageId: 9, category: 'storage tank', boxXywh: [1, 2, 3, 4] },
  ],
  references: [
    { imageId: 4, split: 'train', annotationIds: [1, 2], sentences: [{ raw: 'Both  ships' }, { raw: '两艘船' }] },
    { imageId: 4, split: 'train', annotationIds: [2], sentences: [{ raw: 'the ship on the right' }] },
    { imageId: 9, split: 'val', annotationIds: [], sentences: [{ raw: 'the dam' }] },
  ],
};

describe('writeNwpuRefer', () => {
  it('writes what openDataset reads', async () => {
    await writeNwpuRefer(folder, release);
    const dataset = await openDataset(folder);
    expect(dataset.format).toBe('nwpu-refer');
    expect(dataset.categories).toHaveLength(33);
    expect(
      dataset.samples.map(({ raw, sentence, kind, targets, split, language, category, image, mask }) => [
        raw,
        sentence,
        kind,
        targets.join(' '),
        split,
        language,
        category,
        image.file,
        rleArea(mask()),
      ]),
    ).toEqual([
      ['Both  ships', 'both ships', 'multi', '1 2', 'train', 'en', 'ship', 'a.jpg', 32],
      ['两艘船', '两艘船', 'multi', '1 2', 'train', 'zh', 'ship', 'a.jpg', 32],
      ['the ship on the right', 'the ship on the right', 'single', '2', 'train', 'en', 'ship', 'a.jpg', 12],
      ['the dam', 'the dam', 'none', '', 'val', 'en', 'no target', 'deep/b.jpg', 0],
    ]);
    const [, crowd, boxed, empty] = dataset.annotations;
    expect(crowd).toMatchObject({ isCrowd: true, boxXywh: [10, 10, 4, 3], areaPx: 12, category: 'ship' });
    expect(boxed).toMatchObject({ hasMask: false, areaPx: 12 });
    expect(() => boxed.mask()).toThrow(/instances\.json: annotation 7: it has no mask/);
    expect(empty).toMatchObject({ id: 8, category: 'no target', hasMask: false });
  });

  it('gives each sentence of nothing a mark of its own, and each record and sentence a number of its own', async () => {
    const nothing = (raw: string, sentenceId: number) => ({
      imageId: 4,
      split: 'val',
      annotationIds: [],
      sentences: [{ raw, sentenceId }],
    });
    const marked = {
      ...release,
      annotations: [...release.annotations, { id: 20, imageId: 4, category: 'no target', areaPx: 0 }],
      references: [
        { ...release.references[0], refId: 5, sentences: [{ raw: 'both ships', sentenceId: 8 }] },
        nothing('the dam', 3),
        nothing('the lake', 4),
      ],
    };
    const place = join(folder, 'marks');
    await writeNwpuRefer(place, marked);
    const refs = readPickle(await readFile(join(place, 'refs(unc).p'))) as Map<string, unknown>[];
    const column = (name: string) => refs.map((ref) => ref.get(name));
    // The one that is free first, then one that is added.
    expect(column('ann_id')).toEqual([1, 2, 20, 21]);
    expect(column('ref_id')).toEqual([5, 6, 7, 8]);
    // The sentence about two ships stands in two records: the second time under a new number.
    expect(column('sent_ids')).toEqual([[8], [9], [3], [4]]);
  });

  it('writes the same bytes again', async () => {
    const before = await readFile(join(folder, 'refs(unc).p'));
    await writeNwpuRefer(folder, release);
    expect(await readFile(join(folder, 'refs(unc).p'))).toEqual(before);
  });

  it.each<[string, Partial<Release>, RegExp]>([
    ['an annotation of an unknown image', { images: [] }, /annotation 1: no image has the id 4/],
    [
      'a reference to an unknown annotation',
      { references: [{ ...release.references[0], annotationIds: [5] }] },
      /no annotation has the id 5/,
    ],
    ['one id twice', { annotations: [...release.annotations, release.annotations[0]] }, /two have the id 1/],
    [
      'one reference twice',
      { references: [1, 1].map((refId) => ({ ...release.references[1], refId })) },
      /two have the id 1/,
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(writeNwpuRefer(folder, { ...release, ...change })).rejects.toThrow(message);
  });
});
