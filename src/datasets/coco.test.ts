import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rleArea, rleFromBox, rleToString } from '../masks/index.js';
import { openDataset } from './openDataset.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-coco-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const [near, far] = [rleFromBox([0, 0, 4, 4], 8, 8), rleFromBox([2, 2, 4, 4], 8, 8)];
const runs = (rle: typeof near): unknown => ({ size: [8, 8], counts: rleToString(rle) });

/** Annotations of one picture with the segmentations given. */
const instances = (...segmentations: unknown[]): string =>
  JSON.stringify({
    categories: [{ id: 3, name: 'lake' }],
    annotations: segmentations.map((segmentation, index) => ({
      id: index + 1,
      image_id: 5,
      category_id: 3,
      bbox: [0, 0, 4, 4],
      segmentation,
    })),
    images: [{ id: 5, file_name: 'a.png', width: 8, height: 8 }],
  });

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

describe('a COCO set', () => {
  it.each([
    ['annotations.json', 'images/a.png', 'images'],
    ['instances.json', 'images/a.png', 'images'],
    ['_annotations.coco.json', 'a.png', '.'],
    ['annotations/instances_train2017.json', 'images/train2017/a.png', 'images/train2017'],
    ['annotations/instances_default.json', 'images/a.png', 'images'],
    ['valid/_annotations.coco.json', 'valid/a.png', 'valid'],
    ['annotations.json', 'elsewhere/a.png', 'images'],
  ])('is found as %s with %s', async (file, picture, images) => {
    await put(file, instances());
    await put(picture, '');
    const { format, files, imageFolder } = await openDataset(folder);
    expect([format, files, imageFolder]).toEqual(['coco', [file], join(folder, images)]);
  });

  it('is opened by its file where there are several', async () => {
    await put('annotations/instances_train.json', instances(null));
    await put('annotations/instances_val.json', instances(null, null));
    await put('images/val/a.png', '');
    await expect(openDataset(folder)).rejects.toThrow(
      /several annotation files .*instances_train\.json, .*instances_val\.json/,
    );
    const { annotations, imageFolder } = await openDataset(join(folder, 'annotations/instances_val.json'));
    expect([annotations.length, imageFolder]).toEqual([2, join(folder, 'images/val')]);
    await expect(openDataset(join(folder, 'images/val/a.png'))).rejects.toThrow(
      /give the dataset's folder, or a COCO annotations file/,
    );
  });

  it('may hold outlines, runs of either form, lists of runs, and boxes', async () => {
    const counts = [...near.counts];
    await put(
      'annotations.json',
      instances(
        [[0, 0, 4, 0, 4, 4, 0, 4]],
        runs(near),
        { size: [8, 8], counts },
        [runs(near), runs(far)],
        [0, 0, 4, 0, 4, 4, 0, 4],
        [],
        null,
        [runs(near)],
      ),
    );
    const { annotations } = await openDataset(folder);
    expect(annotations.map((annotation) => (annotation.hasMask ? rleArea(annotation.mask()) : 'box'))).toEqual([
      16,
      16,
      16,
      28,
      16,
      'box',
      'box',
      16,
    ]);
    expect(annotations.map(({ polygons }) => polygons?.()?.length ?? 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'of another size',
      { size: [4, 8], counts: [32] },
      /annotation 1: its runs are for 8 x 4 pixels \(width x height\), the image has 8 x 8/,
    ],
    ['that are negative', { size: [8, 8], counts: [70, -6] }, /annotation 1: run 2 is -6/],
    ['without a size', { counts: [64] }, /annotation 1: 'size' of the runs is undefined; expected \[height, width\]/],
    ['of another kind', { size: [8, 8], counts: { a: 1 } }, /annotation 1: 'counts' is object/],
    ['that are no segmentation', 'left', /annotation 1: a segmentation of type string/],
    ['one of which is broken', [runs(near), { size: [8, 8], counts: [3] }], /annotation 1: its runs sum to 3/],
  ])('names the annotation whose runs are %s', async (_, segmentation, message) => {
    await put('annotations.json', instances(segmentation));
    const { annotations } = await openDataset(folder);
    expect(() => annotations[0].mask()).toThrow(message);
  });

  it.each<[string, string, RegExp]>([
    [
      'an annotation that is a list',
      '{"annotations": [[1]], "images": []}',
      /annotations\.json: annotations, record 1: expected a record with named fields, found a list/,
    ],
    [
      'an id that is text',
      '{"images": [{"id": "a", "file_name": "a", "width": 1, "height": 1}]}',
      /images, record 1: 'id' is "a"; expected a whole number/,
    ],
    [
      'a box of three numbers',
      '{"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3]}]}',
      /'bbox' is \[1,2,3\]; expected four numbers/,
    ],
    [
      'an annotation without a category',
      '{"annotations": [{"id": 1, "image_id": 1}]}',
      /annotations, record 1: 'category_id' is missing; expected a whole number/,
    ],
    [
      'no images',
      '{"annotations": [{"id": 1, "image_id": 1, "category_id": 1}]}',
      /it has annotations but no 'images'/,
    ],
  ])('is refused with %s', async (_, text, message) => {
    await put('annotations.json', text);
    await expect(openDataset(folder)).rejects.toThrow(message);
  });

  it('computes boxes and areas that are missing', async () => {
    const { images, categories } = JSON.parse(instances());
    const annotation = { id: 1, image_id: 5, category_id: 3, segmentation: [[1, 2, 5, 2, 5, 4, 1, 4]] };
    await put('annotations.json', JSON.stringify({ images, categories, annotations: [annotation] }));
    expect((await openDataset(folder)).annotations[0]).toMatchObject({ boxXywh: [1, 2, 4, 2], areaPx: 8 });
  });
});
