import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Release } from './release.js';
import { writeRefsegrs } from './writeRefsegrs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-refsegrs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const image = (id: number, file: string) => ({ id, file, width: 6, height: 4 });
const about = (imageId: number, split: string, ...raws: string[]) => ({
  imageId,
  split,
  annotationIds: [],
  sentences: raws.map((raw) => ({ raw })),
});
let counter = 0;
async function written(
  images: Release['images'],
  references: Release['references'],
  annotations: Release['annotations'] = [],
) {
  const out = join(folder, String(counter++));
  const placed = await writeRefsegrs(out, { images, annotations, references });
  const lines = async (split: string) => readFile(join(out, `output_phrase_${split}.txt`), 'utf8');
  return { out, names: placed.map(({ imageId, to }) => [imageId, to]), lines };
}

describe('writeRefsegrs', () => {
  it('calls a reference by its picture, and one of several of a picture by a number that no picture has', async () => {
    const images = [image(1, 'north/a.png'), image(2, '1.jpg'), image(3, 'b.tif')];
    const references = [
      about(1, 'train', 'x'),
      about(3, 'train', 'y'),
      about(2, 'val', 'z'),
      about(3, 'val', 'w'),
      about(3, 'val', 'v'),
    ];
    const { names, out } = await written(images, references);
    expect(names).toEqual([
      [1, 'images/a.png'],
      [3, 'images/0.tif'],
      [2, 'images/1.jpg'],
      [3, 'images/2.tif'],
      [3, 'images/3.tif'],
    ]);
    expect((await readdir(join(out, 'masks'))).sort()).toEqual(['0.tif', '1.tif', '2.tif', '3.tif', 'a.tif']);
  });

  it.each([
    ['two pictures share a name', ['north/a.png', 'south/a.png']],
    ['a name has white space, which ends it in the list', ['a b.png', 'c.png']],
  ])('numbers all where %s', async (_, files) => {
    const { names } = await written(
      files.map((file, id) => image(id, file)),
      [about(0, 'val', 'x'), about(1, 'val', 'y')],
    );
    expect(names.map(([, to]) => to)).toEqual(['images/0.png', 'images/1.png']);
  });

  it('writes a sentence a line, its white space as single spaces, by split', async () => {
    const { lines } = await written(
      [image(1, 'a.png'), image(2, 'b.png')],
      [about(1, 'train', ' the  red\n car ', '船'), about(2, 'val', 'x\ty')],
    );
    expect(await lines('train')).toBe('a the red car\na 船\n');
    expect(await lines('val')).toBe('b x y\n');
  });

  it('writes the union of the targets, and needs their masks', async () => {
    const square = (x: number, y: number) => [x, y, x + 2, y, x + 2, y + 2, x, y + 2];
    const things = [
      { id: 1, imageId: 1, category: 'ship', polygons: [square(0, 0)] },
      { id: 2, imageId: 1, category: 'ship', polygons: [square(3, 1)] },
      { id: 3, imageId: 1, category: 'ship', boxXywh: [0, 0, 2, 2] as [number, number, number, number] },
    ];
    const both = { ...about(1, 'val', 'both ships'), annotationIds: [1, 2] };
    const { out } = await written([image(1, 'a.png')], [both], things);
    const pixels = await sharp(join(out, 'masks/a.tif')).toColourspace('b-w').raw().toBuffer();
    expect([...pixels].map((value) => value / 255).join('')).toBe('110000' + '110110' + '000110' + '000000');
    const boxed = { ...about(1, 'val', 'the boxed one'), annotationIds: [3] };
    await expect(written([image(1, 'a.png')], [boxed], things)).rejects.toThrow('annotation 3: it has no mask');
  });
});
