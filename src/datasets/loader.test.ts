import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import {
  blankImage,
  encodeJpeg,
  encodePng,
  imageNetMean,
  imageNetStd,
  resizeBilinearPillow,
} from '../imagery/index.js';
import { damaged } from '../imagery/testDamage.js';
import { decodeRle, emptyRle, rleResize } from '../masks/index.js';
import { type AugmentOptions, defaultAugment } from './augmentSample.js';
import { createSamplePool } from './loaderPool.js';
import type { SampleRequest } from './loaderSample.js';
import { boxOf, collect, ids, scene, sceneDataset, sceneSize, testLoaders, writeScenes } from './testLoader.js';

const { width, height } = sceneSize;
let folder: string;
const { open, close } = testLoaders();
const makeDataset: typeof sceneDataset = (count, options) => sceneDataset(count, { root: folder, ...options });

/** Node starts no thread from TypeScript: a few lines that load tsx first do. */
async function workerFromSource(): Promise<URL> {
  const program = pathToFileURL(join(folder, 'worker.mjs'));
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href;
  const worker = new URL('./loaderWorker.ts', import.meta.url).href;
  await writeFile(program, `import { register } from '${tsx}';\nregister();\nawait import('${worker}');\n`);
  return program;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-loader-'));
  await writeScenes(folder);
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

describe('createLoader', () => {
  it("gives the pictures as Pillow's resize and ImageNet's statistics make them, and the masks by nearest", async () => {
    const dataset = makeDataset(5);
    const [first, second] = await collect(open(dataset).epoch(0));
    expect([first.images.length, first.masks.length, second.samples.length]).toEqual([4 * 3 * 256, 4 * 256, 1]);
    const resized = resizeBilinearPillow(scene(boxOf(1)), 16, 16);
    const at = 3 * 256 * 1;
    for (const pixel of [0, 100, 255]) {
      const wanted = (resized.data[pixel * 3] / 255 - imageNetMean[0]) / imageNetStd[0];
      expect(first.images[at + pixel]).toBeCloseTo(wanted, 5);
    }
    expect(first.masks.slice(256, 512)).toEqual(decodeRle(rleResize(dataset.samples[1].mask(), 16, 16)));
    expect(first.sentences[1]).toBe('the leftmost box');
    const [unit] = await collect(open(dataset, { normalise: 'rgb255' }).epoch(0));
    expect(unit.images[at]).toBeCloseTo(resized.data[0] / 255, 6);
  });

  it('is the same for the same seed, resumes anywhere, and shows each sample once', async () => {
    const options = { shuffle: true, augment: defaultAugment };
    const whole = await collect(open(makeDataset(22), options).from({ epoch: 3, index: 0 }), 8);
    expect(whole.map(({ epoch, index }) => [epoch, index]).slice(4, 6)).toEqual([
      [3, 4],
      [4, 0],
    ]);
    const resumed = await collect(open(makeDataset(22), { ...options, prefetch: 0 }).from({ epoch: 3, index: 3 }), 5);
    expect(resumed).toEqual(whole.slice(3).map((batch, index) => ({ ...batch, samples: resumed[index].samples })));
    expect(ids(resumed)).toEqual(ids(whole.slice(3)));
    const all = ids(await collect(open(makeDataset(22), { shuffle: true, dropLast: false }).epoch(0))).flat();
    expect(new Set(all).size).toBe(22);
    const other = ids(await collect(open(makeDataset(22), { shuffle: true, dropLast: false }).epoch(1))).flat();
    expect(other).not.toEqual(all);
  });

  it('gives the same with threads as without', async () => {
    const program = await workerFromSource();
    const [plain, threaded] = await Promise.all([
      collect(open(makeDataset(8), { shuffle: true, augment: defaultAugment }).epoch(0)),
      collect(
        open(makeDataset(8), { shuffle: true, augment: defaultAugment, workers: 2, workerProgram: program }).epoch(0),
      ),
    ]);
    expect(threaded.map(({ images, masks, sentences }) => [images, masks, sentences])).toEqual(
      plain.map(({ images, masks, sentences }) => [images, masks, sentences]),
    );
    const request: SampleRequest = {
      path: join(folder, '0.png'),
      sentence: 'the box',
      kind: 'none',
      rle: emptyRle(height, width),
      sizePx: 8,
      detailPx: 16,
      augment: null,
      seeds: { augment: [1], fixed: [1] },
      normalise: 'imagenet',
      parts: {},
      classMapPx: 0,
    };
    const pool = createSamplePool(1, program);
    await expect(pool.make({ ...request, path: join(folder, 'none.png') })).rejects.toThrow(UserError);
    await pool.close();
    const nothing = createSamplePool(2, new URL('./noSuchWorker.mjs', import.meta.url));
    const failed = await Promise.allSettled([1, 2, 3, 4, 5].map(() => nothing.make(request)));
    expect(failed.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    await nothing.close();
    await expect(pool.make(request)).rejects.toThrow('closed');
  });

  it('shows what lies where, turned and cut as the picture', async () => {
    const plain = makeDataset(12);
    const annotations = plain.samples.map((sample, index) => ({
      id: index,
      imageId: index,
      category: index % 2 ? 'car' : 'plane',
      boxXywh: boxOf(index),
      areaPx: 64,
      isCrowd: false,
      hasMask: index !== 5,
      mask: sample.mask,
    }));
    const dataset = { ...plain, annotations };
    const classMaps = { classes: ['boat', 'car'], sizePx: 16 };
    const augment = { flipHorizontal: 0.5, flipVertical: 0.5, rotate: 0.5, crop: { share: 0.5, smallestArea: 0.3 } };
    for (const workers of [0, 1]) {
      // Twice: made anew, and from the parts that are kept.
      const loader = open(dataset, { classMaps, augment, workers, workerProgram: await workerFromSource() });
      for (const epoch of [0, 1]) {
        for (const batch of await collect(loader.epoch(epoch))) {
          batch.samples.forEach((sample, place) => {
            const [map, mask] = [batch.classMaps!, batch.masks].map((all) =>
              all.subarray(place * 256, place * 256 + 256),
            );
            const index = sample.image.id;
            const wanted = index === 5 ? 255 : index % 2 ? 2 : 0;
            let wrong = 0;
            for (let pixel = 0; pixel < 256; pixel++) if (map[pixel] !== (mask[pixel] ? wanted : 0)) wrong++;
            // The map is resampled once more than the mask: edges may differ.
            expect(wrong, `sample ${sample.id}`).toBeLessThan(32);
            expect([...new Set(map)].filter((value) => value > 0)).toEqual(wanted ? [wanted] : []);
          });
        }
      }
    }
    expect((await collect(open(dataset).epoch(0)))[0].classMaps).toBe(null);
    const many = Array.from({ length: 255 }, (_, index) => `c${index}`);
    expect(() => open(dataset, { classMaps: { classes: many, sizePx: 16 } })).toThrow('255 classes');
  });

  it('stops at a broken picture with its name, or counts it and keeps batches full', async () => {
    const dataset = makeDataset(12, { missing: 5 });
    const path = join(folder, 'missing.png');
    await expect(collect(open(dataset).epoch(0))).rejects.toThrow(
      `${path}: no such file; expected an image (sample s5 of ${folder})`,
    );
    const skipping = open(dataset, { onBroken: 'skip' });
    expect(ids(await collect(skipping.epoch(0)))[1]).toEqual(['s4', 's6', 's7']);
    expect([...skipping.broken.keys()]).toEqual([path]);
    const full = await collect(open(dataset, { onBroken: 'skip', dropLast: true }).epoch(0));
    expect(ids(full)[1]).toEqual(['s4', 's6', 's6', 's7']);
    const wrongSize = makeDataset(4);
    const turned = wrongSize.samples.map((sample) => ({ ...sample, mask: () => emptyRle(width, height) }));
    await expect(collect(open({ ...wrongSize, samples: turned }).epoch(0))).rejects.toThrow(
      'its annotations say 24 x 40',
    );
    const nothing = makeDataset(4, { root: join(folder, 'nowhere') });
    await expect(collect(open(nothing, { onBroken: 'skip', dropLast: true }).epoch(0))).rejects.toThrow(
      'none of the 4',
    );
    expect(await collect(open(nothing, { onBroken: 'skip' }).epoch(0))).toEqual([]);
    const endless = open(nothing, { onBroken: 'skip' }).from({ epoch: 0, index: 0 });
    await expect(endless.next()).rejects.toThrow('none of the 4 samples has a picture that can be read; the first: ');
  });

  it.each([0, 2])('tells once of a damaged picture and uses it, with %i threads', async (workers) => {
    const noise = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * at) % 251);
    await writeFile(join(folder, 'damaged.jpg'), damaged(await encodeJpeg({ width, height, data: noise })));
    const told: string[] = [];
    const loader = open(makeDataset(8, { missing: 2, missingFile: 'damaged.jpg' }), {
      workers,
      workerProgram: workers > 0 ? await workerFromSource() : undefined,
      cacheMegabytes: 0,
      onDamaged: (message) => told.push(message),
    });
    for (const epoch of [0, 1]) expect(ids(await collect(loader.epoch(epoch))).flat()).toHaveLength(8);
    expect(told).toEqual([expect.stringContaining(`${join(folder, 'damaged.jpg')}: the image is damaged`)]);
    expect(loader.broken.size).toBe(0);
  });

  it('draws apart for each target and sample, and anew each epoch', async () => {
    const dataset = makeDataset(12);
    const again = dataset.samples.map((sample) => ({ ...sample, id: `${sample.id}b` }));
    const both = { ...dataset, samples: [...dataset.samples, ...again] };
    const drawn = ids(await collect(open(both, { sentences: 'one-per-target' }).epoch(0))).flat();
    expect(new Set(drawn.map((id) => id.endsWith('b'))).size).toBe(2);

    const words = async (epoch: number): Promise<string[]> =>
      (await collect(open(dataset, { augment: { flipHorizontal: 0.5 } }).epoch(epoch))).flatMap(
        ({ sentences }) => sentences,
      );
    const first = await words(0);
    expect(new Set(first)).toEqual(new Set(['the largest box', 'the leftmost box', 'the rightmost box']));
    expect(await words(0)).toEqual(first);
    expect(await words(1)).not.toEqual(first);
  });

  it('blackens squares of a sample that stay for all epochs, other ones of another', async () => {
    const cutout = { share: 1, fewest: 1, most: 3, sidePx: 3, alwaysTheSame: true };
    const loader = open(makeDataset(12), { augment: { cutout }, normalise: 'none' });
    const squares = async (epoch: number): Promise<string[]> =>
      (await collect(loader.epoch(epoch))).flatMap(({ pixels, samples }) =>
        samples.map((_, place) =>
          // Red is nowhere 0 in the pictures.
          Array.from({ length: 256 }, (_, pixel) => Number(pixels[3 * (256 * place + pixel)] === 0)).join(''),
        ),
      );
    const first = await squares(0);
    expect(new Set(first).size).toBeGreaterThan(9);
    expect(await squares(1)).toEqual(first);
  });

  it('cuts crops from more detail than the input has', async () => {
    // Stripes of two pixels: at 16 x 16 nothing is left of them, at twice that they are seen.
    const stripes = blankImage(64, 64);
    for (let at = 0; at < stripes.data.length; at++) stripes.data[at] = Math.floor(at / 3) % 4 < 2 ? 250 : 0;
    await writeFile(join(folder, 'stripes.png'), await encodePng(stripes));
    const { samples, ...dataset } = makeDataset(4, { kind: () => 'none' });
    const striped = samples.map((sample) => ({
      ...sample,
      image: { ...sample.image, file: 'stripes.png', width: 64, height: 64 },
      mask: () => emptyRle(64, 64),
    }));
    const contrast = async (augment: AugmentOptions): Promise<number> => {
      const options = { augment, normalise: 'none' } as const;
      const [{ pixels }] = await collect(open({ ...dataset, samples: striped }, options).epoch(0));
      // Of a row in the middle of the first sample, away from the picture's borders.
      const row = pixels.slice(3 * 16 * 8 + 9, 3 * 16 * 9 - 9);
      return Math.max(...row) - Math.min(...row);
    };
    expect(await contrast({})).toBeLessThan(10);
    expect(await contrast({ crop: { share: 1, smallestArea: 0.05 } })).toBeGreaterThan(25);
  });

  it('ends when told to', async () => {
    const controller = new AbortController();
    const batches = open(makeDataset(12), { signal: controller.signal }).from({ epoch: 0, index: 0 });
    await batches.next();
    controller.abort(new Error('stopped by hand'));
    await expect(batches.next()).rejects.toThrow('stopped by hand');
  });
});
