import { cp, lstat, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rleToString } from '../masks/index.js';
import { type ConvertReport, convertDataset, ownFormat, type WritableFormat, writeRelease } from './convertDataset.js';
import { openDataset } from './openDataset.js';
import type { Release } from './release.js';
import { releaseFromDataset } from './releaseFromDataset.js';
import type { Dataset } from './sample.js';
import { writeTestRelease } from './testRelease.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/datasets');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-convert-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let counter = 0;
const fresh = (): string => join(folder, `out-${counter++}`);

async function convert(
  from: Dataset,
  to: WritableFormat,
  images: 'link' | 'none' = 'none',
): Promise<{ dataset: Dataset; report: ConvertReport }> {
  const out = fresh();
  const report = await convertDataset(from, { to, out, images });
  return { dataset: await openDataset(out), report };
}

/** What a sample says, without its ids. */
const said = ({ samples }: Dataset, without: readonly string[] = []): string[] =>
  samples
    .map((sample) => {
      const { image, split, raw, sentence, kind, targets, category, refId, sentenceId } = sample;
      const rle = rleToString(sample.mask());
      const whole = { image: image.file, split, raw, sentence, kind, targets, category, rle, refId, sentenceId };
      return JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([key]) => !without.includes(key))));
    })
    .sort();

const things = ({ annotations, images }: Dataset, without: readonly string[] = []): string[] => {
  const files = new Map(images.map(({ id, file }) => [id, file]));
  return annotations
    .map((annotation) => {
      const { id, imageId, category, boxXywh, areaPx, isCrowd, hasMask } = annotation;
      const rle = hasMask ? rleToString(annotation.mask()) : '';
      const whole = {
        id,
        file: files.get(imageId),
        category,
        boxXywh,
        areaPx,
        isCrowd,
        rle,
        polygons: annotation.polygons?.(),
      };
      return JSON.stringify(Object.fromEntries(Object.entries(whole).filter(([key]) => !without.includes(key))));
    })
    .sort();
};

const golden = (name: string): Promise<Dataset> =>
  openDataset(join(fixtures, name), { cacheFolder: join(folder, 'cache') });

describe('convertDataset', () => {
  it.each(['nwpu-refer', 'nwpu-refer-nested', 'rrsis-d', 'refcoco', 'grefcoco'])(
    '%s to NWPU-Refer, gRefCOCO and back loses nothing',
    async (name) => {
      const before = await golden(name);
      const there = await convert(before, 'grefcoco');
      expect(there.report.notHeld).toEqual([]);
      expect(said(there.dataset)).toEqual(said(before));
      expect(things(there.dataset)).toEqual(things(before));
      expect(there.dataset.categoryIds).toEqual(before.categoryIds);
      const back = await convert(there.dataset, 'nwpu-refer');
      expect(back.report.notHeld).toEqual([]);
      expect(said(back.dataset, ['refId', 'sentenceId'])).toEqual(said(before, ['refId', 'sentenceId']));
      const empty = /"category":"no target"/;
      expect(things(back.dataset).filter((thing) => !empty.test(thing))).toEqual(
        things(before).filter((thing) => !empty.test(thing)),
      );
      const again = await convert(back.dataset, 'grefcoco');
      expect(said(again.dataset)).toEqual(said(back.dataset));
    },
  );

  it.each(['refsegrs', 'risbench', 'aerial-d'])(
    '%s to NWPU-Refer and gRefCOCO keeps sentences, splits and masks',
    async (name) => {
      const before = await golden(name);
      const left = ['targets', 'category', 'refId', 'sentenceId', 'image'];
      const there = await convert(before, 'nwpu-refer');
      expect(said(there.dataset, left)).toEqual(said(before, left));
      const other = await convert(before, 'grefcoco');
      expect(said(other.dataset, left)).toEqual(said(before, left));
    },
  );

  it('RefSegRS to gRefCOCO and back is the same, names of pictures included', async () => {
    const before = await golden('refsegrs');
    const there = await convert(before, 'grefcoco', 'link');
    const back = await convert(there.dataset, 'refsegrs', 'link');
    expect(said(back.dataset)).toEqual(said(before));
    // What stands in masks alone becomes annotations there; from masks to masks none are made.
    const withTarget = before.samples.filter(({ kind }) => kind !== 'none').length;
    expect(there.report.notes).toEqual([{ what: 'annotations made from masks of sentences', count: withTarget }]);
    expect((await convert(before, 'refsegrs', 'link')).report.notes).toEqual([]);
  });

  it('NWPU-Refer to RefSegRS keeps masks and sentences, and counts the rest', async () => {
    const before = await golden('nwpu-refer');
    const { dataset, report } = await convert(before, 'refsegrs', 'link');
    const kept = (of: Dataset): string[] => said(of, ['image', 'kind', 'targets', 'category', 'refId', 'sentenceId']);
    expect(kept(dataset)).toEqual(kept(before));
    expect(Object.fromEntries(report.notHeld.map(({ what, count }) => [what.split(' (')[0], count]))).toEqual({
      'annotation ids and boxes': 55,
      'annotations that no sentence names': 13,
      'categories of references': 26,
      'references to several things': 8,
      'pictures that stand for several references': 22,
      outlines: 34,
    });
    expect(dataset.samples.filter(({ kind }) => kind === 'none')).toHaveLength(8);
  });

  it('COCO to COCO is the same; sentences are counted as not held', async () => {
    const before = await golden('nwpu-refer');
    const { dataset, report } = await convert(before, 'coco');
    expect(dataset.format).toBe('coco');
    const objects = things(before).filter((thing) => !thing.includes('no target'));
    expect(objects.length).toBeLessThan(before.annotations.length);
    expect(things(dataset), 'marks of sentences about nothing are no things').toEqual(objects);
    const written = await readFile(join(dataset.root, 'annotations.json'), 'utf8');
    expect(written).not.toContain('no target');
    expect(report.notHeld[0]).toEqual({ what: 'sentences', count: 34 });
    const again = await convert(dataset, 'coco');
    expect(things(again.dataset)).toEqual(objects);
    expect(again.report.notHeld).toEqual([]);
  });

  it('keeps the form of a changed set where it can be written, else takes one that holds all', () => {
    const wanted = {
      'nwpu-refer': 'nwpu-refer',
      coco: 'coco',
      yolo: 'yolo',
      refsegrs: 'refsegrs',
      risbench: 'refsegrs',
      refcoco: 'grefcoco',
      'rrsis-d': 'grefcoco',
      'aerial-d': 'grefcoco',
    };
    for (const [format, form] of Object.entries(wanted)) expect(ownFormat({ format } as Dataset), format).toBe(form);
  });

  it('counts sentences that NWPU-Refer reads as one', async () => {
    const sentence = (imageId: number, split: string, raw: string) => ({
      imageId,
      split,
      annotationIds: [],
      sentences: [{ raw }],
    });
    const release: Release = {
      images: [1, 2].map((id) => ({ id, file: `${id}.png`, width: 4, height: 4 })),
      annotations: [],
      references: [
        sentence(1, 'train', 'The dam'),
        sentence(1, 'train', 'the  dam'),
        sentence(1, 'train', 'the dam'),
        sentence(1, 'val', 'the dam'),
        sentence(2, 'train', 'the dam'),
      ],
    };
    const out = fresh();
    const { notHeld } = await writeRelease(release, new Map(), { to: 'nwpu-refer', out, images: 'none' });
    expect(notHeld).toEqual([{ what: expect.stringContaining('read as one'), count: 2 }]);
    expect((await openDataset(out)).samples).toHaveLength(3);
  });

  it.each(['nwpu-refer', 'nwpu-refer-nested'])('%s to YOLO and back gives the same pixels', async (name) => {
    const before = (await convert(await golden(name), 'coco', 'link')).dataset;
    const { dataset, report } = await convert(before, 'yolo', 'link');
    expect(dataset.format).toBe('yolo');
    const masks = ({ annotations }: Dataset): string[] =>
      annotations
        .flatMap((annotation) =>
          annotation.hasMask ? [`${annotation.category} ${rleToString(annotation.mask())}`] : [],
        )
        .sort();
    const changed = report.notHeld.find(({ what }) => what.startsWith('masks whose outline'))?.count ?? 0;
    const known = new Set(masks(before));
    expect(masks(dataset).filter((mask) => !known.has(mask))).toHaveLength(changed);
    expect(masks(dataset)).toHaveLength(masks(before).filter((mask) => !mask.startsWith('no target')).length);
    expect(changed).toBeLessThan(3);
  });

  it('loses nothing of any release between the two formats that hold everything', async () => {
    const sentence = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '船', 'é'), minLength: 1, maxLength: 8 });
    const releases = fc.record({
      sizes: fc.array(fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) }), {
        minLength: 1,
        maxLength: 3,
      }),
      boxes: fc.array(fc.tuple(fc.nat(2), fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 20 }), fc.nat(2)), {
        maxLength: 6,
      }),
      sentences: fc.array(fc.tuple(fc.nat(2), sentence, fc.subarray([0, 1, 2, 3, 4, 5]), fc.nat(2)), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(releases, async ({ sizes, boxes, sentences }) => {
        const images = sizes.map((size, index) => ({ id: 10 * index, file: `p/${index}.png`, ...size }));
        const annotations = boxes.map(([image, x, y, side, category], index) => ({
          id: index + 1,
          imageId: images[image % images.length].id,
          category: ['ship', 'car', 'lake of 3'][category],
          polygons: [[x, y, x + side, y, x + side, y + side / 2, x, y + side]],
        }));
        const references = sentences.flatMap(([image, raw, chosen, split], index) => {
          const imageId = images[image % images.length].id;
          const annotationIds = chosen.map((row) => row + 1).filter((id) => annotations[id - 1]?.imageId === imageId);
          return [
            { imageId, split: ['train', 'val', 'test'][split], annotationIds, sentences: [{ raw: `${raw} ${index}` }] },
          ];
        });
        const release: Release = { images, annotations, references };
        const out = fresh();
        await writeRelease(release, new Map(), { to: 'nwpu-refer', out, images: 'none' });
        const first = await openDataset(out);
        const second = (await convert(first, 'grefcoco')).dataset;
        const third = (await convert(second, 'nwpu-refer')).dataset;
        expect(first.samples).toHaveLength(references.length);
        expect(said(second)).toEqual(said(first));
        expect(said(third, ['refId', 'sentenceId'])).toEqual(said(first, ['refId', 'sentenceId']));
        expect(things(third)).toEqual(things(first));
        expect(releaseFromDataset(third).release.images).toEqual(images);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the new folder', () => {
  it('holds the pictures as links, symbolic links or copies', async () => {
    const source = join(folder, 'source');
    await writeTestRelease(source);
    const dataset = await openDataset(source);
    const original = await stat(join(source, 'image', 'P1.jpg'));
    const place = async (images: 'link' | 'symlink' | 'copy' | 'none'): Promise<string> => {
      const out = fresh();
      await convertDataset(dataset, { to: 'grefcoco', out, images });
      return join(out, 'images/train2014');
    };
    expect((await stat(join(await place('link'), 'P1.jpg'))).ino).toBe(original.ino);
    expect((await lstat(join(await place('symlink'), 'P1.jpg'))).isSymbolicLink()).toBe(true);
    const copy = join(await place('copy'), 'P1.jpg');
    expect((await stat(copy)).ino).not.toBe(original.ino);
    expect(await readFile(copy)).toEqual(await readFile(join(source, 'image', 'P1.jpg')));
    expect(await readdir(await place('none'))).toEqual([]);
  });

  it('does not appear when a picture is missing, and the picture is named', async () => {
    const source = join(folder, 'missing');
    await cp(join(fixtures, 'refcoco'), source, { recursive: true });
    await rm(join(source, 'images/train2014/P00016.jpg'));
    const out = fresh();
    const failing = convertDataset(await openDataset(source), { to: 'nwpu-refer', out, images: 'copy' });
    await expect(failing).rejects.toThrow(/P00016\.jpg: image 16: it is not there/);
    expect((await readdir(folder)).filter((name) => name.includes(out.split('/').at(-1) ?? '?'))).toEqual([]);
  });

  it('does not appear when the run is stopped', async () => {
    const out = fresh();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      convertDataset(await golden('refcoco'), { to: 'nwpu-refer', out, images: 'copy', signal }),
    ).rejects.toThrow('enough');
    expect((await readdir(folder)).filter((name) => name.includes(out.split('/').at(-1) ?? '?'))).toEqual([]);
  });

  it('is never one that holds something', async () => {
    const out = join(folder, 'mine');
    await cp(join(fixtures, 'refcoco'), out, { recursive: true });
    const before = await readdir(out, { recursive: true });
    const options = { to: 'nwpu-refer', images: 'copy' } as const;
    await expect(convertDataset(await golden('refcoco'), { ...options, out })).rejects.toThrow(
      /not empty, and nothing is overwritten/,
    );
    await writeFile(join(folder, 'file'), '');
    await expect(convertDataset(await golden('refcoco'), { ...options, out: join(folder, 'file') })).rejects.toThrow(
      /a file has this name/,
    );
    expect(await readdir(out, { recursive: true })).toEqual(before);
  });

  it.each(['coco', 'yolo', 'refsegrs', 'nwpu-refer', 'grefcoco'] as const)('is not left by a name: %s', async (to) => {
    const image = { id: 1, file: 'x.png', width: 4, height: 4 };
    const sound: Release = { images: [image], annotations: [], references: [] };
    const sources = new Map([[1, join(folder, 'source/image/P1.jpg')]]);
    const reference = { imageId: 1, annotationIds: [], sentences: [{ raw: 'a ship' }] };
    const before = await readdir(folder);
    for (const images of ['copy', 'none'] as const) {
      const written = (release: Release) =>
        writeRelease(release, sources, { to, out: join(folder, 'deep', 'er'), images });
      for (const name of ['../../../x', '/../../../x', 'a/../../../../x', '..\\..\\x']) {
        await expect(written({ ...sound, images: [{ ...image, file: `${name}.png` }] })).rejects.toThrow(
          /^image '.*x\.png': the name leads out of the image folder/,
        );
        await expect(written({ ...sound, references: [{ ...reference, split: name }] })).rejects.toThrow(
          /^split '.*x': the name leads out of the folder/,
        );
        await expect(written({ ...sound, imageSplits: new Map([[1, name]]) })).rejects.toThrow(/^split '/);
      }
    }
    expect(await readdir(folder)).toEqual(before);
  });
});
