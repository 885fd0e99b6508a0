import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { damageFile } from '../imagery/testDamage.js';
import { rleFromBox, rleToString } from '../masks/index.js';
import { type Picklable, readPickle, writePickle } from '../pickles/index.js';
import { openTables } from './openDataset.js';
import type { Problem } from './problem.js';
import { writeTestRelease } from './testRelease.js';
import { validateTables } from './validateDataset.js';

const fixtures = join(import.meta.dirname, '../../test/fixtures/datasets');

type Ref = Map<string, Picklable>;
interface Instances {
  images: Record<string, unknown>[];
  annotations: Record<string, unknown>[];
  categories: Record<string, unknown>[];
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-validate-'));
  await writeTestRelease(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const picture = (index: number): string => join(folder, 'image', `P${index}.jpg`);

async function changeInstances(change: (instances: Instances) => void): Promise<void> {
  const path = join(folder, 'instances.json');
  const instances: Instances = JSON.parse(await readFile(path, 'utf8'));
  change(instances);
  await writeFile(path, JSON.stringify(instances));
}

async function changeRefs(change: (refs: Ref[]) => void): Promise<void> {
  const path = join(folder, 'refs(unc).p');
  const refs = readPickle(await readFile(path)) as Ref[];
  change(refs);
  await writeFile(path, writePickle(refs));
}

const refOf = (refs: readonly Ref[], id: number): Ref => refs.find((ref) => ref.get('ref_id') === id)!;

async function problemsFound(): Promise<Problem[]> {
  const { root, tables } = await openTables(folder);
  return validateTables(root, tables);
}

const runs = (values: readonly number[]): unknown => ({ size: [40, 64], counts: values });

/** Each fault with the problems that it must give, and no other: kind, record, severity. */
const faults: [string, () => Promise<unknown>, string[]][] = [
  ['a missing image', () => rm(picture(2)), ['image-missing image 102 error']],
  ['a truncated JPEG', () => truncate(picture(2), 1500), ['image-unreadable image 102 error']],
  ['a JPEG damaged in the middle', () => damageFile(picture(2)), ['image-damaged image 102 warning']],
  ['an empty image file', () => writeFile(picture(2), ''), ['image-unreadable image 102 error']],
  ['a web page instead of an image', () => writeFile(picture(2), '<html>404'), ['image-unreadable image 102 error']],
  [
    'an image of another size',
    () => sharp({ create: { width: 40, height: 64, channels: 3, background: 'red' } }).toFile(picture(2)),
    ['size-mismatch image 102 error'],
  ],
  [
    'an image that EXIF turns to the size stated',
    () =>
      sharp({ create: { width: 40, height: 64, channels: 3, background: 'red' } })
        .withMetadata({ orientation: 6 })
        .toFile(picture(2)),
    [],
  ],
  [
    'a ref to a missing annotation',
    () => changeRefs((refs) => refOf(refs, 5).set('ann_id', 999)),
    ['missing-annotation ref 5 error'],
  ],
  [
    'a ref to an annotation of another image',
    () => changeRefs((refs) => refOf(refs, 5).set('ann_id', 20)),
    ['missing-annotation ref 5 error'],
  ],
  [
    'a ref to a missing image',
    () => changeRefs((refs) => refOf(refs, 7).set('image_id', 555)),
    ['missing-image-record ref 7 error', 'target-without-ref annotation 5 warning'],
  ],
  [
    'an annotation of a missing image',
    () => changeInstances(({ annotations }) => annotations.push({ ...annotations[0], id: 900, image_id: 555 })),
    ['missing-image-record annotation 900 error', 'target-without-ref annotation 900 warning'],
  ],
  [
    'a polygon of an odd number of values',
    () =>
      changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [[1, 2, 3, 4, 5, 6, 7]] })),
    ['bad-mask annotation 4 error'],
  ],
  [
    'a polygon of text',
    () =>
      changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [['a', 'b', 1, 1, 2, 2]] })),
    ['bad-mask annotation 4 error'],
  ],
  [
    'an empty polygon',
    () => changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [[]] })),
    ['empty-polygon annotation 4 error'],
  ],
  [
    'no polygon under a sentence',
    () => changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [] })),
    ['empty-polygon annotation 4 error'],
  ],
  [
    'a polygon without area',
    () => changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [[5, 5, 5, 5, 5, 5]] })),
    ['empty-polygon annotation 4 error'],
  ],
  [
    'a polygon outside of its image',
    () => changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [[1, 1, 90, 1, 9, 9]] })),
    ['polygon-out-of-bounds annotation 4 error'],
  ],
  [
    'a polygon just over the edge',
    () => changeInstances(({ annotations }) => Object.assign(annotations[3], { segmentation: [[-3, 1, 9, 1, 9, 9]] })),
    ['polygon-out-of-bounds annotation 4 warning'],
  ],
  [
    'runs that do not sum to the size',
    () => changeInstances(({ annotations }) => Object.assign(annotations[0], { segmentation: runs([10, 5, 100]) })),
    ['rle-sum annotation 1 error'],
  ],
  [
    'a compressed string cut off',
    () =>
      changeInstances(({ annotations }) => {
        const counts = rleToString(rleFromBox([3, 3, 9, 9], 40, 64)).slice(0, -3);
        Object.assign(annotations[0], { segmentation: { size: [40, 64], counts } });
      }),
    ['rle-sum annotation 1 error'],
  ],
  [
    'runs of another size',
    () =>
      changeInstances(({ annotations }) =>
        Object.assign(annotations[0], { segmentation: { size: [4, 4], counts: [3, 5, 8] } }),
      ),
    ['size-mismatch annotation 1 error'],
  ],
  [
    'two annotations of one id',
    () => changeInstances(({ annotations }) => annotations.push({ ...annotations[5] })),
    ['duplicate-id annotation 6 error'],
  ],
  [
    'two images of one id',
    () => changeInstances(({ images }) => images.push(images[1])),
    ['duplicate-id image 101 error'],
  ],
  ['two refs of one id', () => changeRefs((refs) => refs.push(new Map(refs[0]))), ['duplicate-id ref 1 error']],
  [
    'an empty sentence',
    () => changeRefs((refs) => refOf(refs, 4).set('sentences', [{ raw: ' ', sent: '', sent_id: 1, tokens: [] }])),
    ['empty-sentence ref 4 error'],
  ],
  [
    'one image, and its sentence, in two splits',
    () => changeRefs((refs) => refs.push(new Map(refOf(refs, 1)).set('ref_id', 777).set('split', 'test'))),
    ['image-leak image 100 error', 'sentence-leak sample 1 error', 'sentence-leak sample 1.1 error'],
  ],
  [
    'one image in two splits, with sentences of their own',
    () =>
      changeRefs((refs) => {
        const sentences = [{ raw: 'the boat', sent: 'the boat', sent_id: 888, tokens: ['the', 'boat'] }];
        refs.push(new Map(refOf(refs, 1)).set('ref_id', 777).set('split', 'test').set('sentences', sentences));
      }),
    ['image-leak image 100 error'],
  ],
  [
    'runs without a pixel under a sentence',
    () => changeInstances(({ annotations }) => Object.assign(annotations[0], { segmentation: runs([40 * 64]) })),
    ['empty-mask annotation 1 error'],
  ],
  [
    'an unknown category of an annotation',
    () => changeInstances(({ annotations }) => Object.assign(annotations[4], { category_id: 70 })),
    ['unknown-category annotation 5 error'],
  ],
  [
    'an unknown category of a ref',
    () => changeRefs((refs) => refOf(refs, 4).set('category_id', 71)),
    ['unknown-category ref 4 error'],
  ],
  [
    'a non-object ref with a mask',
    () =>
      changeRefs((refs) => {
        refs.find((ref) => ref.get('category_id') === 33)?.set('ann_id', 1);
      }),
    ['non-object-with-mask ref 5 error'],
  ],
  [
    'a target that no ref names',
    () => changeInstances(({ annotations }) => annotations.push({ ...annotations[5], id: 901 })),
    ['target-without-ref annotation 901 warning'],
  ],
];

describe('validateTables', () => {
  it('finds nothing in a sound release', async () => {
    expect(await problemsFound()).toEqual([]);
  });

  it.each(faults)('finds %s, and nothing else', async (_, plant, expected) => {
    await plant();
    const found = await problemsFound();
    expect(found.map(({ kind, record, severity }) => `${kind} ${record} ${severity}`).sort()).toEqual(expected);
    for (const { message, fix, file } of found) {
      expect(message.length).toBeGreaterThan(10);
      expect(fix.length).toBeGreaterThan(10);
      expect(file).toMatch(/^(instances\.json|refs\(unc\)\.p|image\/P\d\.jpg)$/);
    }
  });

  it('leaves images aside, or their pixels, when told so', async () => {
    await truncate(picture(2), 1500);
    await rm(picture(3));
    const { root, tables } = await openTables(folder);
    expect(await validateTables(root, tables, { withoutImages: true })).toEqual([]);
    const headers = await validateTables(root, tables, { headersOnly: true });
    expect(headers.map(({ kind }) => kind)).toEqual(['image-missing']);
  });

  it('names the file of the split where each split has its own', async () => {
    const own = join(folder, 'phrases');
    await cp(join(fixtures, 'refsegrs'), own, { recursive: true });
    const line = (await readFile(join(own, 'output_phrase_train.txt'), 'utf8')).split('\n')[0];
    await appendFile(join(own, 'output_phrase_val.txt'), `\n${line}\n`);
    const { root, tables } = await openTables(own);
    const found = await validateTables(root, tables);
    expect(found.map(({ kind, file, record }) => `${kind} ${file} ${record}`).sort()).toEqual([
      'image-leak output_phrase_train.txt image 0',
      'sentence-leak output_phrase_train.txt sample train-1',
    ]);
  });

  it('can be stopped', async () => {
    const { root, tables } = await openTables(folder);
    await expect(validateTables(root, tables, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});
