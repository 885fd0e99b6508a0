import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { saveTinyModel } from '../../test/tinyModel.js';
import type { Runtime } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { decodeImage, encodeJpeg, encodePng, type RgbImage, turnImage } from '../imagery/index.js';
import { damaged } from '../imagery/testDamage.js';
import {
  decodeRle,
  rleArea,
  rleBox,
  rleComplement,
  rleFlipHorizontal,
  rleFromPolygons,
  rleFromString,
  rleIntersection,
  rleOverlap,
  rleUnion,
} from '../masks/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { type LoadedModel, loadModel } from './loadModel.js';
import type { Segmentation } from './segmentation.js';

let folder: string;
let model: LoadedModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-load-'));
  await saveTinyModel(join(folder, 'tiny'));
  model = await loadModel(join(folder, 'tiny'), { threads: 1 });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

/** The tiny model is never sure of a target. */
const sure = { existsThreshold: 0.01 };

function waves(width: number, height: number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, at) =>
    Math.round(127 + 100 * Math.sin(at * 0.37 + Math.floor(at / (width * 3)) * 0.9)),
  );
  return { width, height, data };
}

/** What does not depend on the clock. */
const timeless = ({ milliseconds: _, ...rest }: Segmentation) => rest;

describe('an answer', () => {
  it('says the same as mask, runs, box, area and polygons', async () => {
    const found = await model.segment(waves(90, 70), 'the red car', sure);
    expect(found).toMatchObject({ found: true, sentence: 'the red car', model: 'tiny', windows: 1 });
    const { mask, area, box, rle, polygons } = found;
    expect(area).toBeGreaterThan(0);
    expect(area).toBe(rleArea(mask));
    expect(box).toEqual(rleBox(mask));
    expect(rle.size).toEqual([70, 90]);
    expect(rleFromString(rle.counts, 70, 90)).toEqual(mask);
    const fill = (rings: readonly number[][]) => rleFromPolygons(rings, 70, 90);
    const pieces = polygons.map(({ outer, holes }) => rleIntersection([fill([outer]), rleComplement(fill(holes))]));
    expect(rleUnion(pieces)).toEqual(mask);
  });

  it('of nothing is empty', async () => {
    const nothing = await model.segment(waves(20, 10), 'the red car', { existsThreshold: 0.99 });
    expect(nothing).toMatchObject({ found: false, area: 0, box: null, polygons: [] });
    expect(decodeRle(nothing.mask)).toEqual(new Uint8Array(200));
    expect(nothing.score).toBeGreaterThan(0);
  });

  it('is plain data that a message and JSON take', async () => {
    const found = await model.segment(waves(40, 30), 'the red car', sure);
    expect(structuredClone(found)).toEqual({ ...found });
    expect(JSON.parse(JSON.stringify(found)).polygons).toEqual(found.polygons);
  });

  it('grows when the threshold falls', async () => {
    const areas = [0.55, 0.5, 0.45].map(
      async (threshold) => (await model.segment(waves(40, 30), 'the red car', { ...sure, threshold })).area,
    );
    const [high, middle, low] = await Promise.all(areas);
    expect(high).toBeLessThan(middle);
    expect(middle).toBeLessThan(low);
  });

  it('to several sentences is that to each, in their order', async () => {
    const sentences = ['the red car', 'all storage tanks', 'the red car'];
    const together = await model.segment(waves(40, 30), sentences, sure);
    const alone: Segmentation[] = [];
    for (const sentence of sentences) alone.push(await model.segment(waves(40, 30), sentence, sure));
    expect(together.map(timeless)).toEqual(alone.map(timeless));
    expect(together[0].mask).not.toEqual(together[1].mask);
  });
});

describe('a large picture', () => {
  it('is cut into windows by itself, but not for the leftmost of all', async () => {
    const large = await model.encode(waves(200, 60));
    expect((await large.segment('the red car')).windows).toBe(4);
    expect((await large.segment('the leftmost car')).windows).toBe(1);
    expect((await large.segment('the leftmost car', { detail: 'tiles' })).windows).toBe(4);
    expect((await large.segment('the red car', { detail: 'whole' })).windows).toBe(1);
    expect((await model.segment(waves(128, 128), 'the red car')).windows).toBe(1);
  });

  it('of more windows than are kept answers alike twice', async () => {
    const many = await model.encode(waves(3300, 4));
    const first = await many.segment('the red car', sure);
    expect(first.windows).toBeGreaterThan(64);
    expect(timeless(await many.segment('the red car', sure))).toEqual(timeless(first));
  });
});

describe('any picture', () => {
  const width = 12;
  const height = 7;
  const { data } = waves(width, height);
  const grey = data.filter((_, at) => at % 3 === 0);
  const withAlpha = (bands: Uint8Array, count: number) =>
    Uint8Array.from({ length: (bands.length / count) * (count + 1) }, (_, at) =>
      at % (count + 1) === count ? (at * 13) % 256 : bands[Math.floor(at / (count + 1)) * count + (at % (count + 1))],
    );
  const raw = (pixels: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) =>
    sharp(pixels, { raw: { width, height, channels } });
  const wide = Uint16Array.from(data, (value) => value * 257);
  const kinds: Record<string, () => Promise<Uint8Array>> = {
    'grey PNG': () => raw(grey, 1).toColourspace('b-w').png().toBuffer(),
    'grey and alpha': () => raw(withAlpha(grey, 1), 2).toColourspace('b-w').png().toBuffer(),
    RGBA: () => raw(withAlpha(data, 3), 4).png().toBuffer(),
    '16-bit PNG': () => raw(wide, 3).toColourspace('rgb16').png().toBuffer(),
    '16-bit TIFF': () => raw(wide, 3).toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(),
    'palette PNG': () => raw(data, 3).png({ palette: true, colours: 8 }).toBuffer(),
    'CMYK JPEG': () => raw(data, 3).toColourspace('cmyk').jpeg().toBuffer(),
    WebP: () => raw(data, 3).webp({ lossless: true }).toBuffer(),
  };
  it.each(Object.entries(kinds))('%s is answered as its decoded pixels are', async (_name, encode) => {
    const file = await encode();
    const answer = await model.segment(file, 'the red car', sure);
    expect(answer.rle.size).toEqual([height, width]);
    expect(timeless(answer)).toEqual(timeless(await model.segment(await decodeImage(file), 'the red car', sure)));
  });

  it('without loss is answered alike from file, bytes and pixels', async () => {
    const pixels = waves(width, height);
    const wanted = timeless(await model.segment(pixels, 'the red car', sure));
    const png = await encodePng(pixels);
    await writeFile(join(folder, 'p.png'), png);
    const path = join(folder, 'p.png');
    const buffer = new Uint8Array(png).buffer;
    for (const source of [png, buffer, path, pathToFileURL(path), await kinds.RGBA(), await kinds['16-bit PNG']()]) {
      expect(timeless(await model.segment(source, 'the red car', sure))).toEqual(wanted);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with EXIF orientation %i has the mask of what a viewer shows',
    async (orientation) => {
      const file = await raw(data, 3).withMetadata({ orientation }).png().toBuffer();
      const shown = await sharp(file).autoOrient().raw().toBuffer({ resolveWithObject: true });
      const upright: RgbImage = {
        width: shown.info.width,
        height: shown.info.height,
        data: new Uint8Array(shown.data),
      };
      expect([upright.width, upright.height]).toEqual(orientation < 5 ? [width, height] : [height, width]);
      expect(timeless(await model.segment(file, 'the red car', sure))).toEqual(
        timeless(await model.segment(upright, 'the red car', sure)),
      );
    },
  );

  it.each([
    [1, 1],
    [1, 300],
    [700, 2],
    [31, 33],
  ])('of %i x %i pixels keeps its size', async (wide, high) => {
    for (const detail of ['whole', 'tiles'] as const) {
      const { mask, area } = await model.segment(waves(wide, high), 'the red car', { ...sure, detail });
      expect([mask.width, mask.height]).toEqual([wide, high]);
      expect(area).toBeLessThanOrEqual(wide * high);
    }
  });
});

describe('a damaged picture', () => {
  it('is answered by what can be read of it, and the process warned', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const answer = await model.segment(damaged(await encodeJpeg(waves(64, 64))), 'the red car');
    const warnings = [...warn.mock.calls];
    warn.mockRestore();
    expect(answer.rle.size).toEqual([64, 64]);
    expect(warnings).toEqual([[expect.stringContaining('image: the image is damaged ('), 'RefersatWarning']]);
  });
});

describe('what cannot be answered', () => {
  const cases: Record<string, [() => Promise<unknown>, string, new (message: string) => Error]> = {
    'a missing picture': [() => model.segment('none.png', 'the red car'), 'none.png: no such file', UserError],
    'an empty sentence': [() => model.segment(waves(4, 4), ' '), 'the sentence is empty', UserError],
    'a sentence without a word': [() => model.segment(waves(4, 4), ' \u200b'), 'the sentence is empty', UserError],
    'a threshold of 0': [() => model.segment(waves(4, 4), 'x', { threshold: 0 }), 'threshold 0', RangeError],
    'three views': [
      () => model.segment(waves(4, 4), 'x', { views: 3 as never }),
      'views 3: expected 1, 2, 4',
      RangeError,
    ],
    'a threshold that is no number': [
      () => model.segment(waves(4, 4), 'x', { existsThreshold: Number.NaN }),
      'existsThreshold NaN',
      RangeError,
    ],
    'pixels that do not fill their size': [
      () => model.segment({ width: 2, height: 2, data: new Uint8Array(5) }, 'x'),
      '5 bytes; expected 12',
      RangeError,
    ],
    'pixels of another kind': [
      () => model.segment({ width: 1, height: 1, data: new Uint16Array(3) } as never, 'x'),
      'data are Uint16Array; expected a Uint8Array',
      TypeError,
    ],
    'a picture that is a number': [() => model.segment(3 as never, 'x'), 'image: got 3; expected a path', TypeError],
    'a picture that is nothing': [() => model.encode(null as never), 'image: got null', TypeError],
    'a picture elsewhere': [() => model.encode(new URL('https://host/a.png')), 'fetch it and hand in its', TypeError],
    'a sentence that is a number': [() => model.segment(waves(4, 4), 7 as never), 'sentence 7: expected', TypeError],
    'a list with a number': [() => model.segment(waves(4, 4), ['x', 7 as never]), 'sentence 7: expected', TypeError],
    'a detail that there is not': [
      () => model.segment(waves(4, 4), 'x', { detail: 'resize' as never }),
      'detail "resize": expected auto, whole, tiles',
      RangeError,
    ],
    'a threshold that is a text': [
      () => model.segment(waves(4, 4), 'x', { threshold: '0.5' as never }),
      'threshold "0.5": expected a probability between 0 and 1, as a number',
      RangeError,
    ],
    'a device that there is not': [
      () => loadModel(join(folder, 'tiny'), { device: 'gpu' as never }),
      'device "gpu": expected cpu, cuda, webgpu',
      RangeError,
    ],
    'options that are a word': [() => model.segment(waves(4, 4), 'x', 'tiles' as never), 'options "tiles"', TypeError],
    'options that are nothing': [() => model.segment(waves(4, 4), 'x', null as never), 'options null', TypeError],
    'loading with options that are nothing': [() => loadModel('open', null as never), 'options null', TypeError],
    'a signal that is none': [
      () => model.segment(waves(4, 4), 'x', { signal: new AbortController() as never }),
      'expected an AbortSignal',
      TypeError,
    ],
    'pixels with half a column': [
      () => model.segment({ width: 1.5, height: 2, data: new Uint8Array(9) }, 'x'),
      'expected whole numbers above 0',
      RangeError,
    ],
    'half a thread': [() => loadModel(join(folder, 'tiny'), { threads: 1.5 }), 'threads 1.5: expected', RangeError],
    'no threads': [() => loadModel(join(folder, 'tiny'), { threads: 0 }), 'threads 0: expected', RangeError],
    'a model that is a number': [() => loadModel(7 as never), 'model 7: expected the name', TypeError],
    'a model that is not there': [() => loadModel(join(folder, 'none')), 'neither a shipped model', UserError],
  };
  it.each(Object.entries(cases))('%s is said', async (_name, [ask, message, kind]) => {
    const error = await ask().catch((problem: Error) => problem);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
  });

  it('leaves the model as it was', async () => {
    const before = timeless(await model.segment(waves(9, 9), 'the red car', sure));
    await expect(model.segment(waves(9, 9), '')).rejects.toThrow();
    expect(timeless(await model.segment(waves(9, 9), 'the red car', sure))).toEqual(before);
  });
});

describe('an AbortSignal', () => {
  it('stops before anything is read', async () => {
    const signal = AbortSignal.abort(new Error('stopped early'));
    await expect(model.segment('none.png', 'the red car', { signal })).rejects.toThrow('stopped early');
  });

  it('stops between windows, and what waits behind is answered', async () => {
    const stop = new AbortController();
    const large = await model.encode(waves(400, 400));
    const stopped = large.segment('the red car', { signal: stop.signal, detail: 'tiles' });
    const next = model.segment(waves(9, 9), 'the red car');
    setTimeout(() => stop.abort(new Error('stopped midway')), 5);
    await expect(stopped).rejects.toThrow('stopped midway');
    expect((await next).mask.width).toBe(9);
  });

  it('ends what waits behind others at once', async () => {
    const large = await model.encode(waves(3300, 4));
    let isEnded = false;
    const before = large.segment('the red car').finally(() => {
      isEnded = true;
    });
    const stop = new AbortController();
    const waiting = model.segment(waves(9, 9), 'the red car', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('no longer wanted')), 5);
    await expect(waiting).rejects.toThrow('no longer wanted');
    expect(isEnded).toBe(false);
    const after = new AbortController();
    const other = large.segment('the red car', { signal: after.signal });
    await before;
    expect((await other).windows).toBeGreaterThan(64);
    after.abort();
  });

  it('stops a list of sentences at the next one', async () => {
    const stop = new AbortController();
    const sentences = Array.from({ length: 500 }, (_, index) => `car ${index}`);
    const answers = model.segment(waves(30, 30), sentences, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(answers).rejects.toThrow('enough');
  });
});

describe('one model', () => {
  it('answers overlapping calls as it does single ones', async () => {
    const pictures = [waves(40, 30), waves(33, 50), waves(200, 60)];
    const single: Segmentation[] = [];
    for (const picture of pictures) single.push(await model.segment(picture, 'the red car', sure));
    const overlapping = await Promise.all(pictures.map((picture) => model.segment(picture, 'the red car', sure)));
    expect(overlapping.map(timeless)).toEqual(single.map(timeless));
  });

  it('asks its runtime to take tiny numbers for 0 where it is told to, and never by itself', async () => {
    const asked: (boolean | undefined)[] = [];
    const runtime: Runtime = {
      ...onnxruntimeNode,
      createSession(graph, options) {
        asked.push(options.flushDenormals);
        return onnxruntimeNode.createSession(graph, options);
      },
    };
    for (const flushDenormals of [true, undefined]) {
      const own = await loadModel(join(folder, 'tiny'), { threads: 1, runtime, flushDenormals });
      await own.segment(waves(4, 4), 'the red car');
      await own.close();
    }
    expect(new Set(asked.slice(0, asked.length / 2))).toEqual(new Set([true]));
    expect(new Set(asked.slice(asked.length / 2))).toEqual(new Set([undefined]));
  });

  it.each([2, 4] as const)('answers a mirrored picture by the mirrored answer, seen in %d views', async (views) => {
    const picture = waves(40, 30);
    const ask = (image: RgbImage, sentence: string) => model.segment(image, sentence, { ...sure, views });
    const answer = await ask(picture, 'the red car on the left');
    const mirrored = await ask(turnImage(picture, 'flip-horizontal'), 'the red car on the right');
    expect(mirrored.score).toBeCloseTo(answer.score, 5);
    const { intersectionPx, unionPx } = rleOverlap(rleFlipHorizontal(mirrored.mask), answer.mask);
    expect(answer.area).toBeGreaterThan(0);
    expect(intersectionPx / unionPx).toBeGreaterThan(0.99);
    const single = await model.segment(picture, 'the red car on the left', sure);
    expect(single.score).not.toBeCloseTo(answer.score, 5);
  });

  it('is closed after what was asked before, and refuses what comes after', async () => {
    const own = await loadModel(join(folder, 'tiny'), { threads: 1 });
    const encoded = await own.encode(waves(40, 30));
    const before = encoded.segment('the red car');
    await Promise.all([own.close(), own.close()]);
    expect((await before).sentence).toBe('the red car');
    const refused = 'the model tiny was closed; load it again';
    await expect(encoded.segment('the red car')).rejects.toThrow(refused);
    await expect(own.segment(waves(4, 4), 'the red car')).rejects.toThrow(refused);
    await expect(own.encode(waves(4, 4))).rejects.toThrow(refused);
    await own.close();
  });

  it('answers all that was asked before it is closed: a file, a list, a picture to prepare', async () => {
    await writeFile(join(folder, 'q.png'), await encodePng(waves(40, 30)));
    const own = await loadModel(join(folder, 'tiny'), { threads: 1 });
    const file = own.segment(join(folder, 'q.png'), 'the red car');
    const list = own.segment(waves(40, 30), ['the red car', 'all storage tanks', 'the large ship']);
    const encoded = own.encode(join(folder, 'q.png'));
    const failing = own.segment('none.png', 'the red car');
    const closed = own.close();
    await expect(own.segment(waves(4, 4), 'the red car')).rejects.toThrow('was closed');
    await expect(failing).rejects.toThrow('no such file');
    expect((await file).sentence).toBe('the red car');
    expect(await list).toHaveLength(3);
    expect((await encoded).width).toBe(40);
    await closed;
    await expect((await encoded).segment('the red car')).rejects.toThrow('was closed');
  });

  it('answers in a worker thread as here', async () => {
    // Node starts no thread from TypeScript: a few lines that load tsx first do.
    const tsx = createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs');
    const program = join(folder, 'worker.mjs');
    await writeFile(
      program,
      `import { parentPort, workerData } from 'node:worker_threads';
       import { register } from '${pathToFileURL(tsx).href}';
       register();
       const { loadModel } = await import('${new URL('./loadModel.ts', import.meta.url).href}');
       const model = await loadModel(workerData.model, { threads: 1 });
       parentPort.postMessage(await model.segment(workerData.picture, 'the red car', ${JSON.stringify(sure)}));
       await model.close();`,
    );
    const picture = waves(40, 30);
    const answer = new Promise<Segmentation>((resolve, reject) => {
      const worker = new Worker(program, { workerData: { model: join(folder, 'tiny'), picture } });
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    const here = await model.segment(picture, 'the red car', sure);
    expect(timeless(await answer)).toEqual({ ...timeless(here) });
  });
});
