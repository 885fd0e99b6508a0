import { cp, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage, readImageSize } from '../imagery/index.js';
import { datasetShowCommand } from './datasetShow.js';
import { runForTest } from './testIo.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-show-'));
  await cp(join(import.meta.dirname, '../../test/fixtures/datasets/nwpu-refer'), join(folder, 'set'), {
    recursive: true,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const show = (...words: string[]) =>
  runForTest([datasetShowCommand], ['dataset', 'show', 'set', ...words], { workingFolder: folder });

describe('dataset show', () => {
  it('draws one sample with its sentence under it', async () => {
    const { code, stdout, stderr } = await show('--id', '43', '--out', 'one.png');
    expect(stderr).not.toContain('refersat:');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^one\.png: 1 sample, \d+ x \d+ px\n$/)]);
    const { width, height } = await decodeImage(join(folder, 'one.png'));
    expect(width).toBeGreaterThanOrEqual(480);
    expect(height).toBeGreaterThan(200);
  });

  it('draws a sheet of several, the same for a seed', async () => {
    const first = await show('--count', '4', '--seed', '2', '--split', 'train', '--out', 'a.png');
    expect(first.stdout).toMatch(/^a\.png: 4 samples of \d+ found, 984 x \d+ px\n$/);
    await show('--count', '4', '--seed', '2', '--split', 'train', '--out', 'b.png');
    const [a, b] = await Promise.all(['a.png', 'b.png'].map((name) => decodeImage(join(folder, name))));
    expect(Buffer.compare(a.data, b.data)).toBe(0);
    expect((await show('--sentence', 'THE SHIP', '--out', 'ships.jpg')).code).toBe(0);
    expect((await readImageSize(join(folder, 'ships.jpg'))).width).toBeGreaterThan(400);
  });

  it('draws the objects of a set without sentences', async () => {
    const coco = join(folder, 'coco');
    await cp(join(folder, 'set', 'image'), join(coco, 'images'), { recursive: true });
    const [file] = (await readdir(join(coco, 'images'))).filter((name) => /\.(?:jpg|png)$/.test(name));
    const size = await readImageSize(join(coco, 'images', file));
    const images = [{ id: 1, file_name: file, ...size }];
    const annotations = [
      {
        id: 1,
        image_id: 1,
        category_id: 1,
        bbox: [2, 2, 10, 10],
        area: 100,
        iscrowd: 0,
        segmentation: [[2, 2, 12, 2, 12, 12, 2, 12]],
      },
      { id: 2, image_id: 1, category_id: 1, bbox: [20, 20, 8, 8], area: 64, iscrowd: 0 },
    ];
    await writeFile(
      join(coco, 'annotations.json'),
      JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'ship' }] }),
    );
    const run = await runForTest([datasetShowCommand], ['dataset', 'show', 'coco', '--image', file, '--out', 'o.png'], {
      workingFolder: folder,
    });
    expect(run.stdout, run.stderr).toContain('o.png: 1 picture');
  });

  it('says what there is where nothing fits, and writes nothing', async () => {
    const none = await show('--sentence', 'the flying carpet', '--out', 'none.png');
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringContaining("nothing fits --sentence 'the flying carpet'"),
    ]);
    expect((await show('--image', 'nowhere.jpg', '--out', 'none.png')).stderr).toContain(
      "no picture 'nowhere.jpg' among 12",
    );
    expect((await show('--id', '43', '--out', 'set/new_instances.json/a.png')).stderr).toContain(
      'a.png: cannot be written',
    );
    await rename(join(folder, 'set/image/P00010.jpg'), join(folder, 'set/image/P00010.away'));
    expect((await show('--image', 'P00010.jpg', '--out', 'none.png')).stderr).toMatch(
      /image\/P00010\.jpg: image 10: no such file; expected an image; 'refersat dataset validate .*set' lists all that cannot be read/,
    );
    await rename(join(folder, 'set/image/P00010.away'), join(folder, 'set/image/P00010.jpg'));
    expect((await show('--out', 'none.gif')).code).toBe(2);
    expect((await show()).code).toBe(2);
    expect(await readdir(folder)).not.toContain('none.png');
  });
});
