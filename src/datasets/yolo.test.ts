import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { decodeRle, encodeRle, rleArea, rleToString } from '../masks/index.js';
import { writeRelease } from './convertDataset.js';
import { openDataset } from './openDataset.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-yolo-'));
  for (const name of ['images/train', 'images/val', 'labels/train', 'labels/val'])
    await mkdir(join(folder, name), { recursive: true });
  const picture = sharp({ create: { width: 20, height: 10, channels: 3, background: 'green' } }).png();
  for (const name of ['train/a', 'val/b']) await picture.toFile(join(folder, 'images', `${name}.png`));
  await writeFile(join(folder, 'data.yaml'), 'train: images/train\nval: images/val\nnames:\n  0: ship\n  1: lake\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const label = (text: string): Promise<void> => writeFile(join(folder, 'labels/train/a.txt'), text);

describe('YOLO labels', () => {
  it('become annotations in pixels; a line of four values is a box', async () => {
    await label('1 0.1 0.2 0.5 0.2 0.5 0.7 0.1 0.7\n\n0 0.5 0.5 0.2 0.4\n');
    const { format, images, annotations, categories } = await openDataset(folder);
    expect([format, categories]).toEqual(['yolo', ['ship', 'lake']]);
    expect(images.map(({ file, width, height }) => [file, width, height])).toEqual([
      ['train/a.png', 20, 10],
      ['val/b.png', 20, 10],
    ]);
    expect(annotations.map(({ category, boxXywh, hasMask }) => [category, boxXywh, hasMask])).toEqual([
      ['lake', [2, 2, 8, 5], true],
      ['ship', [8, 3, 4, 4], false],
    ]);
    expect(rleArea(annotations[0].mask())).toBe(40);
  });

  it('that cannot be read are no pictures without things', async () => {
    await mkdir(join(folder, 'labels/train/a.txt'));
    await expect(openDataset(folder)).rejects.toThrow('labels/train/a.txt: it is a folder where a file was expected');
  });

  it('are read once where links lead in a circle', async () => {
    await label('1 0 0 0.5 0 0.5 1\n');
    await symlink('..', join(folder, 'images/train/up'));
    expect((await openDataset(folder)).images).toHaveLength(2);
  });

  it('may be a list of names', async () => {
    await writeFile(join(folder, 'data.yaml'), 'names: [ship, lake]\n');
    await label('1 0 0 0.5 0 0.5 1\n');
    expect((await openDataset(folder)).annotations[0].category).toBe('lake');
  });

  it.each([
    ['ship 0 0 0.5 0 0.5 1', /^labels\/train\/a\.txt: line 1: 'ship' is not the number of a category/],
    ['0 0 0 0.5 0 0.5 1\n0 0 x 1 1 0 1', /^labels\/train\/a\.txt: line 2: a coordinate is not a number/],
  ])('names the line of %j', async (text, message) => {
    await label(text);
    await expect(openDataset(folder)).rejects.toThrow(message);
  });

  it('with an odd outline or an unknown category open, and the fault is named', async () => {
    await label('0 0 0 0.5 0 0.5 1 0.25\n');
    const { annotations } = await openDataset(folder);
    expect(() => annotations[0].mask()).toThrow(/annotation 1: polygon 1 has 7 numbers/);
  });

  it('are refused with a picture or a list of names that cannot be read', async () => {
    await writeFile(join(folder, 'images/val/b.png'), 'no picture');
    await expect(openDataset(folder)).rejects.toThrow(/^images\/val\/b\.png: it cannot be decoded/);
    await writeFile(join(folder, 'data.yaml'), 'names: {0: [');
    await expect(openDataset(folder)).rejects.toThrow(/^data\.yaml: not valid YAML/);
    await writeFile(join(folder, 'data.yaml'), 'nc: 3');
    await expect(openDataset(folder)).rejects.toThrow(/^data\.yaml: 'names' is missing/);
  });

  it('are written with what they cannot hold counted, and outlines beyond the picture cut', async () => {
    const size = { width: 20, height: 10 };
    const square = (x: number, y: number): number[] => [x, y, x + 4, y, x + 4, y + 4, x, y + 4];
    const dense = Uint8Array.from({ length: 200 }, (_, at) => Number(at % 20 < 3));
    const thing = (id: number, imageId: number, more: object) => ({ id, imageId, category: 'ship', ...more });
    const out = join(folder, 'counted');
    const report = await writeRelease(
      {
        images: [
          { id: 1, file: 'train/a.png', ...size },
          { id: 2, file: 'valid/b.png', ...size },
        ],
        annotations: [
          thing(1, 1, { polygons: [square(1, 1), square(10, 2)] }),
          thing(2, 1, { rle: encodeRle(dense, 10, 20), isCrowd: true }),
          thing(3, 1, { boxXywh: [1, 1, 3, 3] }),
          // Of this one a half lies beyond the right side.
          thing(4, 2, { polygons: [square(18, 3)] }),
          { id: 5, imageId: 2, category: 'no target' },
        ],
        references: [],
      },
      new Map([
        [1, join(folder, 'images/train/a.png')],
        [2, join(folder, 'images/val/b.png')],
      ]),
      { to: 'yolo', out, images: 'link' },
    );
    const counts = new Map(report.notHeld.map(({ what, count }) => [what, count]));
    expect(counts.get('things with a box only (left out)')).toBe(1);
    expect(counts.get('crowd marks')).toBe(1);
    expect(counts.get('things of several parts (a line each)')).toBe(1);
    expect(parseYaml(await readFile(join(out, 'data.yaml'), 'utf8'))).toEqual({
      path: '.',
      train: 'images/train',
      val: 'images/valid',
      names: ['ship'],
    });
    expect(await readdir(join(out, 'images'))).toEqual(['train', 'valid']);
    const numbers = (await readFile(join(out, 'labels/valid/b.txt'), 'utf8')).trim().split(' ').slice(1).map(Number);
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([0.3, 1]);
    const { annotations } = await openDataset(out);
    expect(annotations.map((one) => rleArea(one.mask()))).toEqual([16, 16, 30, 8]);
  });

  it('name one split for both that trainers ask for', async () => {
    for (const [split, wanted] of [
      ['train', { train: 'images/train', val: 'images/train' }],
      ['test', { train: 'images/test', val: 'images/test', test: 'images/test' }],
    ] as const) {
      const out = join(folder, `only-${split}`);
      const images = [{ id: 1, file: `${split}/a.png`, width: 20, height: 10 }];
      const source = new Map([[1, join(folder, 'images/train/a.png')]]);
      await writeRelease({ images, annotations: [], references: [] }, source, { to: 'yolo', out, images: 'link' });
      expect(parseYaml(await readFile(join(out, 'data.yaml'), 'utf8'))).toEqual({ path: '.', ...wanted, names: [] });
    }
  });

  it('give a mask with a hole back, pixel for pixel', async () => {
    const dense = new Uint8Array(200).fill(1);
    for (const hole of [43, 44, 45, 63, 64, 65, 110]) dense[hole] = 0;
    const rle = encodeRle(dense, 10, 20);
    const out = join(folder, 'out');
    await writeRelease(
      {
        images: [{ id: 1, file: 'a.png', width: 20, height: 10 }],
        annotations: [{ id: 1, imageId: 1, category: 'lake', rle }],
        references: [],
      },
      new Map([[1, join(folder, 'images/train/a.png')]]),
      { to: 'yolo', out, images: 'link' },
    );
    const { annotations } = await openDataset(out);
    expect(annotations).toHaveLength(1);
    expect(rleToString(annotations[0].mask())).toBe(rleToString(rle));
    expect(decodeRle(annotations[0].mask())).toEqual(dense);
  });
});
