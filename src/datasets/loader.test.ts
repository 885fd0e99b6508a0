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
import { decodeRle, emptyRle, rleFromBox, rleResize } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { type AugmentOptions, augmentSample, defaultAugment } from './augmentSample.js';
import { type Batch, createLoader, type Loader, type LoaderOptions } from './loader.js';
import { balanceSamples, balanceSets } from './loaderBalance.js';
import { epochOrder } from './loaderOrder.js';
import { createSamplePool } from './loaderPool.js';
import type { SampleRequest } from './loaderSample.js';
import type { Dataset, Kind, Sample } from './sample.js';

const width = 40;
const height = 24;
let folder: string;

/** A picture that is grey but for a red box where the target lies, so that picture and mask can be compared. */
function scene(box: readonly [number, number, number, number]) {
  const image = blankImage(width, height, [90, 90, 90]);
  for (let row = box[1]; row < box[1] + box[3]; row++) {
    for (let column = box[0]; column < box[0] + box[2]; column++) {
      image.data.set([250, 0, 0], (row * width + column) * 3);
    }
  }
  return image;
}

const boxOf = (index: number): [number, number, number, number] => [2 + index, 3 + (index % 5), 8, 8];

function makeDataset(
  count: number,
  options: { kind?: (index: number) => Kind; missing?: number; missingFile?: string; root?: string } = {},
): Dataset {
  const samples = Array.from({ length: count }, (_, index): Sample => {
    const kind = options.kind?.(index) ?? 'single';
    const file = index === options.missing ? (options.missingFile ?? 'missing.png') : `${index % 12}.png`;
    const sentence = `the ${index % 2 ? 'leftmost' : 'largest'} box`;
    return {
      id: `s${index}`,
      image: { id: index, file, width, height },
      split: index % 4 === 3 ? 'val' : 'train',
      raw: sentence,
      sentence,
      language: 'en',
      kind,
      targets: kind === 'none' ? [] : [index],
      category: index % 3 ? 'car' : 'ship',
      mask: () => (kind === 'none' ? emptyRle(height, width) : rleFromBox(boxOf(index % 12), height, width)),
    };
  });
  const root = options.root ?? folder;
  return {
    format: 'test',
    root,
    imageFolder: root,
    files: [],
    images: [],
    annotations: [],
    samples,
    categories: ['car', 'ship'],
  };
}

const base: LoaderOptions = { sizePx: 16, batch: 4, seed: 7, workers: 0 };
const loaders: Loader[] = [];
function open(source: Parameters<typeof createLoader>[0], options: Partial<LoaderOptions> = {}): Loader {
  const loader = createLoader(source, { ...base, ...options });
  loaders.push(loader);
  return loader;
}
async function collect(batches: AsyncGenerator<Batch, void>, most = 1000): Promise<Batch[]> {
  const result: Batch[] = [];
  for await (const batch of batches) {
    result.push(batch);
    if (result.length === most) break;
  }
  return result;
}
const ids = (batches: readonly Batch[]) => batches.map((batch) => batch.samples.map(({ id }) => id));

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
  for (let index = 0; index < 12; index++)
    await writeFile(join(folder, `${index}.png`), await encodePng(scene(boxOf(index))));
});
afterAll(async () => {
  await Promise.all(loaders.map((loader) => loader.close()));
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

  it('takes one split, and says which there are', async () => {
    expect(open(makeDataset(12), { split: 'val' }).samplesPerEpoch).toBe(3);
    expect(() => open(makeDataset(12), { split: 'test' })).toThrow('has no split test; it has train, val');
    expect(() => open(makeDataset(0))).toThrow('has no sentences');
    expect(() => open(makeDataset(3), { dropLast: true })).toThrow(
      '3 samples do not fill a batch of 4: take a batch of at most 3, or more samples',
    );
    expect(() => open(makeDataset(3), { batch: 0 })).toThrow('batch 0');
  });

  it('leaves out what has no weight, also from the count of an epoch', async () => {
    const loader = open(makeDataset(12), { weight: ({ category }) => (category === 'ship' ? 0 : 1) });
    expect([loader.samplesPerEpoch, loader.batchesPerEpoch]).toEqual([8, 2]);
    const shown = (await collect(loader.epoch(0))).flatMap(({ samples }) => samples);
    expect(shown.map(({ category }) => category)).toEqual(new Array(8).fill('car'));
  });

  it('mixes datasets by weight', async () => {
    const large = makeDataset(80);
    const small = { ...makeDataset(20), root: folder };
    const own = new Set(small.samples);
    const loader = open(
      [
        { dataset: large, weight: 1 },
        { dataset: small, weight: 1 },
      ],
      { shuffle: true },
    );
    const shown = (await collect(loader.epoch(0))).flatMap(({ samples }) => samples);
    expect(shown.length).toBe(100);
    expect(shown.filter((sample) => own.has(sample)).length).toBe(50);
  });

  it('draws one sentence a target each epoch', async () => {
    const dataset = makeDataset(6);
    const again = dataset.samples.map((sample) => ({ ...sample, id: `${sample.id}b` }));
    const both = { ...dataset, samples: [...dataset.samples, ...again] };
    const loader = open(both, { sentences: 'one-per-target' });
    const epochs = await Promise.all([0, 1, 2].map(async (epoch) => ids(await collect(loader.epoch(epoch))).flat()));
    expect(epochs[0].length).toBe(6);
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
    expect(epochs[0].map((id) => id.replace('b', ''))).toEqual(dataset.samples.map(({ id }) => id));
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

  it('takes sentences for those of one target only where picture and targets are the same', async () => {
    const { samples, ...dataset } = makeDataset(4);
    const [a, b, c, d] = samples;
    const mixed = [
      { ...a, targets: [7] },
      { ...b, targets: [7] },
      { ...c, image: a.image, targets: [7, 8] },
      { ...d, image: a.image, targets: [7] },
      { ...d, id: 'about nothing', image: a.image, targets: [] },
      { ...d, id: 'about nothing either', image: a.image, targets: [] },
    ];
    const loader = open({ ...dataset, samples: mixed }, { sentences: 'one-per-target' });
    expect(loader.samplesPerEpoch).toBe(5);
  });

  it('ends when told to', async () => {
    const controller = new AbortController();
    const batches = open(makeDataset(12), { signal: controller.signal }).from({ epoch: 0, index: 0 });
    await batches.next();
    controller.abort(new Error('stopped by hand'));
    await expect(batches.next()).rejects.toThrow('stopped by hand');
  });
});

describe('order and balance', () => {
  it('shows heavy items as often as their weight says', () => {
    const items = [4, 1, 1, 1, 1, 0].map((weight) => ({ weight }));
    for (let epoch = 0; epoch < 5; epoch++) {
      const order = [...epochOrder(items, 1, epoch, true)];
      expect(order.length).toBe(5);
      const heavy = order.filter((position) => position === 0).length;
      expect([2, 3]).toContain(heavy);
      expect(order).not.toContain(5);
    }
  });

  it('keeps the share of a stratum to one, in any epoch, and draws anew who has the one more', () => {
    // Ten datasets of three things each; the weights of one sum up to what a third of another has.
    const items = Array.from({ length: 30 }, (_, place) => ({
      weight: [1, 0.4, 0.7][place % 3] * (place < 15 ? 1 : 3),
      stratum: Math.floor(place / 3),
    }));
    const total = items.reduce((sum, { weight }) => sum + weight, 0);
    const orders = Array.from({ length: 20 }, (_, epoch) => epochOrder(items, 'strata', epoch, true));
    const places = new Set<string>();
    for (const order of orders) {
      for (let stratum = 0; stratum < 10; stratum++) {
        const own = items.filter((item) => item.stratum === stratum).reduce((sum, { weight }) => sum + weight, 0);
        const shown = order.filter((position) => items[position].stratum === stratum).length;
        expect(Math.abs(shown - (own / total) * 30), `stratum ${stratum}`).toBeLessThan(1);
      }
      places.add([...order].sort((a, b) => a - b).join());
    }
    expect(places.size).toBeGreaterThan(15);
    // Over many epochs each stratum, and each thing, is shown as its weight says.
    const many = Array.from({ length: 300 }, (_, epoch) => epochOrder(items, 'strata', epoch, false));
    for (let stratum = 0; stratum < 10; stratum++) {
      const own = items.filter((item) => item.stratum === stratum).reduce((sum, { weight }) => sum + weight, 0);
      const shown = many.reduce((sum, order) => sum + order.filter((at) => items[at].stratum === stratum).length, 0);
      expect(Math.abs(shown / 300 - (own / total) * 30), `stratum ${stratum}`).toBeLessThan(0.15);
    }
    for (const [position, { weight }] of items.entries()) {
      const shown = orders.reduce((sum, order) => sum + order.filter((one) => one === position).length, 0);
      expect(Math.abs(shown / 20 - (weight / total) * 30), `item ${position}`).toBeLessThan(0.5);
    }
  });

  it("stays in the list's order without shuffling, and mixes anew each epoch with it", () => {
    const items = [4, 1, 1, 1, 1, 2].map((weight) => ({ weight }));
    const plain = epochOrder(items, 1, 0, false);
    expect([...plain]).toEqual([...plain].sort((a, b) => a - b));
    const even = Array.from({ length: 30 }, () => ({ weight: 2 }));
    expect([...epochOrder(even, 1, 0, false)]).toEqual([...even.keys()]);
    const orders = [0, 1, 2].map((epoch) => [...epochOrder(even, 1, epoch, true)]);
    expect(new Set(orders.map(String)).size).toBe(3);
    for (const order of orders) expect(order.sort((a, b) => a - b)).toEqual([...even.keys()]);
  });

  it('evens out the categories of a kind as far as asked, each kind for itself', () => {
    const { samples } = makeDataset(90, { kind: (index) => (index < 60 ? 'single' : 'none') });
    const named = samples.map((sample, index) => ({
      ...sample,
      category: index < 60 ? (index < 45 ? 'car' : 'ship') : 'car',
    }));
    const shares = (categories: number): number[] => {
      const weight = balanceSamples(named, { categories });
      const sum = (from: number, to: number) => named.slice(from, to).reduce((total, one) => total + weight(one), 0);
      return [sum(0, 45) / sum(0, 60), sum(60, 90) / sum(0, 90)];
    };
    expect(shares(0)[0]).toBeCloseTo(0.75);
    expect(shares(1)[0]).toBeCloseTo(0.5);
    // Halfway: in the ratio of the roots of 3 and 1.
    expect(shares(0.5)[0]).toBeCloseTo(Math.sqrt(3) / (Math.sqrt(3) + 1));
    // The car of sentences about nothing is none of the cars: it has its kind for itself, at the weight of 1.
    const weight = balanceSamples(named, { categories: 1 });
    expect(weight(named[75])).toBeCloseTo(1);
  });

  it('shows small targets as often as asked, by their size in a picture of 480 x 480', () => {
    const [sample] = makeDataset(1).samples;
    const of = (side: number, picture: number, kind: Kind = 'single'): Sample => ({
      ...sample,
      kind,
      image: { ...sample.image, width: picture, height: picture },
      mask: () => (kind === 'none' ? emptyRle(picture, picture) : rleFromBox([0, 0, side, side], picture, picture)),
    });
    const samples = [of(31, 480), of(32, 480), of(31, 960), of(63, 960), of(64, 960), of(20, 240), of(5, 480, 'none')];
    const weight = balanceSamples(samples, { small: 3 });
    expect(samples.map(weight)).toEqual([3, 1, 3, 3, 1, 1, 1]);
  });

  it('leaves kinds that are not named at their own share', () => {
    const { samples } = makeDataset(100, { kind: (index) => (index < 50 ? 'single' : index < 80 ? 'multi' : 'none') });
    const weight = balanceSamples(samples, { kinds: { none: 0.2 } });
    const sum = (kind: Kind) =>
      samples.filter((one) => one.kind === kind).reduce((total, one) => total + weight(one), 0);
    const all = sum('single') + sum('multi') + sum('none');
    expect([sum('single') / all, sum('multi') / all, sum('none') / all].map((share) => share.toFixed(3))).toEqual([
      '0.500',
      '0.300',
      '0.200',
    ]);
  });

  it('balances kinds', () => {
    const { samples } = makeDataset(100, { kind: (index) => (index < 80 ? 'single' : index < 95 ? 'multi' : 'none') });
    const weight = balanceSamples(samples, { kinds: { single: 1, multi: 1, none: 1 } });
    const sum = (kind: Kind) =>
      samples.filter((sample) => sample.kind === kind).reduce((total, sample) => total + weight(sample), 0);
    expect(sum('multi')).toBeCloseTo(sum('single'));
    expect(sum('none')).toBeCloseTo(sum('single'));
  });
});

describe('balance over several sets', () => {
  const setOf = (counts: Readonly<Record<Kind, number>>) => {
    const kinds = (Object.entries(counts) as [Kind, number][]).flatMap(([kind, count]) =>
      new Array<Kind>(count).fill(kind),
    );
    const { samples } = makeDataset(kinds.length, { kind: (index) => kinds[index] });
    // Among sentences with a target a third are about ships; those without one have all one category.
    return samples.map((sample, index) => ({
      ...sample,
      category: sample.kind === 'none' ? 'no target' : index % 3 === 0 ? 'ship' : `thing ${index % 7}`,
    }));
  };
  const sharesOf = (
    sets: readonly { samples: readonly Sample[]; weight: number }[],
    weight: (one: Sample) => number,
  ) => {
    const total = sets.reduce((sum, set) => sum + set.weight, 0);
    const shares: Record<Kind, number> = { single: 0, multi: 0, none: 0 };
    for (const set of sets) {
      const own = set.samples.reduce((sum, sample) => sum + weight(sample), 0);
      for (const sample of set.samples) shares[sample.kind] += (weight(sample) / own) * (set.weight / total);
    }
    return shares;
  };

  it('gives each kind its share of the epoch, whatever categories do', () => {
    const sets = [
      { samples: setOf({ single: 300, multi: 90, none: 30 }), weight: 0.4 },
      { samples: setOf({ single: 100, multi: 150, none: 80 }), weight: 1.2 },
    ];
    for (const categories of [0, 0.4, 1]) {
      const kinds = { single: 0.46, multi: 0.28, none: 0.26 };
      const shares = sharesOf(sets, balanceSets(sets, { kinds, categories }));
      for (const kind of ['single', 'multi', 'none'] as const) {
        expect(shares[kind], `${kind} with categories ${categories}`).toBeCloseTo(kinds[kind], 3);
      }
    }
  });

  it('drives no kind out of a set for what another lacks', () => {
    const sets = [
      { samples: setOf({ single: 300, multi: 0, none: 0 }), weight: 0.9 },
      { samples: setOf({ single: 100, multi: 100, none: 100 }), weight: 0.1 },
    ];
    const weight = balanceSets(sets, { kinds: { single: 0.3, multi: 0.35, none: 0.35 } });
    const second = sharesOf(sets.slice(1), weight);
    expect(second.single).toBeGreaterThan(0.005);
    expect(second.multi).toBeCloseTo(second.none, 5);
  });
});

describe('augmentSample', () => {
  const always: AugmentOptions = {
    flipHorizontal: 0.5,
    flipVertical: 0.5,
    rotate: 0.5,
    crop: { share: 0.7, smallestArea: 0.3 },
  };
  const draw = (sentence: string, kind: Kind, place: number, options = always) => {
    const picture = scene(boxOf(3));
    const rle = kind === 'none' ? emptyRle(height, width) : rleFromBox(boxOf(3), height, width);
    return augmentSample(
      {
        sentence,
        kind,
        rle,
        sizePx: 48,
        image: async () => resizeBilinearPillow(picture, 48, 48),
        detail: async () => picture,
        fixedRandom: createRandom('fixed'),
      },
      options,
      createRandom('augment', place),
    );
  };

  it('keeps the mask on the target through every turn and crop, and the whole target in the picture', async () => {
    for (let place = 0; place < 60; place++) {
      const { image, mask } = await draw('the red box', 'single', place);
      let wrong = 0;
      let inside = 0;
      for (let pixel = 0; pixel < 48 * 48; pixel++) {
        const isRed = image.data[pixel * 3] > 170 && image.data[pixel * 3 + 1] < 45;
        if (isRed !== (mask.data[pixel] === 1)) wrong++;
        inside += mask.data[pixel];
      }
      expect(inside, `draw ${place}`).toBeGreaterThanOrEqual(48 * 48 * (64 / (width * height)) * 0.8);
      // Up to one pixel around the edge differs between nearest and antialiased bilinear.
      expect(wrong, `draw ${place}`).toBeLessThan(4.5 * Math.sqrt(inside));
    }
  });

  it('leaves what the words forbid', async () => {
    for (let place = 0; place < 30; place++) {
      const { image, mask } = await draw('the second red box', 'single', place, {
        ...always,
        saturation: 0.5,
        greyscale: 1,
        hueDegrees: 90,
      });
      expect(Buffer.compare(image.data, resizeBilinearPillow(scene(boxOf(3)), 48, 48).data)).toBe(0);
      const wanted = decodeRle(rleResize(rleFromBox(boxOf(3), height, width), 48, 48));
      expect(Buffer.compare(mask.data, wanted)).toBe(0);
    }
  });

  it('rewrites the words with the picture', async () => {
    const found = new Set<string>();
    for (let place = 0; place < 60; place++) found.add((await draw('the leftmost box', 'single', place)).sentence);
    expect([...found].sort()).toEqual(
      ['bottommost', 'leftmost', 'rightmost', 'topmost'].map((word) => `the ${word} box`),
    );
  });

  it('blackens the same samples in every epoch where the recipe says so', async () => {
    const options: AugmentOptions = { cutout: { share: 1, fewest: 2, most: 4, sidePx: 8, alwaysTheSame: true } };
    const [first, second] = await Promise.all([draw('box', 'none', 0, options), draw('box', 'none', 1, options)]);
    expect(first.image.data).toEqual(second.image.data);
    expect(first.image.data.filter((value) => value === 0).length).toBeGreaterThan(190);
    expect(first.mask.data.some((value) => value !== 0)).toBe(false);
  });

  it('is the same for the same draw', async () => {
    expect(await draw('box', 'single', 5, defaultAugment)).toEqual(await draw('box', 'single', 5, defaultAugment));
  });
});
