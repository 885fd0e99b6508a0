import { availableParallelism } from 'node:os';
import { UserError } from '../errors/index.js';
import type { Rle } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import type { AugmentOptions } from './augmentSample.js';
import { type ClassifiedThing, mostClasses } from './classMap.js';
import { createPictureCache } from './loaderCache.js';
import { epochOrder } from './loaderOrder.js';
import { createSamplePool } from './loaderPool.js';
import type { PictureParts, SampleRequest } from './loaderSample.js';
import { classifiedThings } from './pictureThings.js';
import { type Dataset, imagePath, type Sample } from './sample.js';

export interface LoaderOptions {
  /** Samples of this split only; all when left out. A UserError lists the splits where it has none. */
  readonly split?: string;
  /** Side of the model's square input. */
  readonly sizePx: number;
  /** Samples a batch. */
  readonly batch: number;
  readonly seed: number | string;
  /** A new order each epoch (default false: the dataset's order). */
  readonly shuffle?: boolean;
  /** None when left out. */
  readonly augment?: AugmentOptions;
  /** Leave out the last batch of an epoch when it is not full (default: as shuffle). */
  readonly dropLast?: boolean;
  /** How often an epoch shows a sample, relative to the others (default 1); see balanceSamples. */
  readonly weight?: (sample: Sample) => number;
  /**
   * `all` (default): every sentence is a sample of the epoch. `one-per-target`: of the sentences about the same
   * targets one is drawn each epoch, as LAVT trains; sentences about nothing are each their own.
   */
  readonly sentences?: 'all' | 'one-per-target';
  /**
   * What a picture that cannot be read, or has another size than its annotations say, does: `stop` (default) throws a
   * UserError that names file and sample; `skip` counts it in `broken` and goes on: with `dropLast` the next sample of
   * the epoch that can be read takes its place, so that batches stay full, else the batch is smaller.
   */
  readonly onBroken?: 'stop' | 'skip';
  /** Told once of each picture that is damaged and used as far as it can be read. */
  readonly onDamaged?: (message: string, path: string) => void;
  /**
   * `imagenet` (default), `rgb255` (value / 255, for SatlasPretrain), or `none`: the pixels' bytes, a quarter of the
   * memory, for graphs that normalise on their own.
   */
  readonly normalise?: 'imagenet' | 'rgb255' | 'none';
  /** Threads that read and augment (default: one a core, at most 16); 0 for this thread alone. The result is the same. */
  readonly workers?: number;
  /** Batches made ahead (default 2). */
  readonly prefetch?: number;
  /** What lies where in each picture, beside the target: the names of the classes, at most 254, and the maps' side. */
  readonly classMaps?: { readonly classes: readonly string[]; readonly sizePx: number };
  /** Memory for resized pictures, kept between epochs (default 1024): a small set is decoded once. */
  readonly cacheMegabytes?: number;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where the workers' program is, for callers that run from TypeScript. */
  readonly workerProgram?: URL;
}

/** A batch for the model. B is the number of samples, H = W = sizePx. */
export interface Batch {
  readonly epoch: number;
  /** Place in the epoch. */
  readonly index: number;
  /** float32 [B, 3, H, W], normalised; empty with `normalise: 'none'`. */
  readonly images: Float32Array;
  /** uint8 [B, H, W, 3] with `normalise: 'none'`, else empty. */
  readonly pixels: Uint8Array;
  /** uint8 [B, H, W], 0 or 1. */
  readonly masks: Uint8Array;
  /**
   * uint8 [B, h, w] as LoaderOptions.classMaps asks, else null: 0 where nothing is annotated, 1 + place among the
   * classes, 255 where nothing is known (things with a box only).
   */
  readonly classMaps: Uint8Array | null;
  /** The sentences, normalised, rewritten where the picture was flipped or turned. */
  readonly sentences: readonly string[];
  readonly samples: readonly Sample[];
}

/** Batches of one or several datasets, the same for the same seed whatever the number of threads. */
export interface Loader {
  /** Samples that an epoch shows. */
  readonly samplesPerEpoch: number;
  readonly batchesPerEpoch: number;
  /** Batches of one epoch from `firstBatch` on. */
  epoch(epoch: number, firstBatch?: number): AsyncGenerator<Batch, void>;
  /** Batches without end from a place on, epoch after epoch: what training resumes from. */
  from(position: { readonly epoch: number; readonly index: number }): AsyncGenerator<Batch, void>;
  /** Pictures that could not be used, with the reason; filled while iterating with `onBroken: 'skip'`. */
  readonly broken: ReadonlyMap<string, string>;
  /** Milliseconds that the consumer has waited for batches in all. */
  readonly waitedMilliseconds: number;
  /** Ends the threads and frees the memory. */
  close(): Promise<void>;
}

interface Entry {
  readonly dataset: Dataset;
  readonly samples: readonly Sample[];
  readonly weight: number;
  /** Place of the dataset in the list. */
  readonly stratum: number;
}

/** A thread takes memory, and more than these outrun any step. */
const mostWorkers = 16;

/** Side of the pictures that crops are cut from, relative to the input's: detail for crops down to a quarter of the area. */
const detailFactor = 2;

/**
 * Makes a loader. Several datasets are mixed by `weight`: the share of an epoch's samples that each has, relative to the
 * others. A batch is a pure function of seed, epoch and place, so that a run resumes at any batch without replaying.
 * Throws a UserError when nothing is left to load, and a RangeError for an impossible size or batch.
 */
export function createLoader(
  source: Dataset | readonly { readonly dataset: Dataset; readonly weight?: number }[],
  options: LoaderOptions,
): Loader {
  const { sizePx, batch: batchSize, seed, shuffle = false, onBroken = 'stop', signal } = options;
  if (!Number.isInteger(sizePx) || sizePx < 1)
    throw new RangeError(`sizePx ${sizePx}: expected a whole number above 0`);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batch ${batchSize}: expected a whole number above 0`);
  }
  if ((options.classMaps?.classes.length ?? 0) > mostClasses) {
    throw new RangeError(`${options.classMaps?.classes.length} classes: a class map holds at most ${mostClasses}`);
  }
  const dropLast = options.dropLast ?? shuffle;
  const entries = collectEntries('samples' in source ? [{ dataset: source }] : source, options);
  const order = (epoch: number): Int32Array => epochOrder(entries, seed, epoch, shuffle);
  const samplesPerEpoch = entries.filter(({ weight }) => weight > 0).length;
  const batchesPerEpoch = dropLast ? Math.floor(samplesPerEpoch / batchSize) : Math.ceil(samplesPerEpoch / batchSize);
  if (batchesPerEpoch === 0) {
    throw new UserError(
      `${samplesPerEpoch} samples do not fill a batch of ${batchSize}: take a batch of at most ${samplesPerEpoch}, or more samples`,
    );
  }

  const pool = createSamplePool(
    options.workers ?? Math.min(mostWorkers, availableParallelism()),
    options.workerProgram,
    { ahead: 2 * batchSize },
  );
  const cache = createPictureCache((options.cacheMegabytes ?? 1024) * 1e6);
  const broken = new Map<string, string>();
  const damaged = new Set<string>();
  const normalise = options.normalise ?? 'imagenet';
  const augment = options.augment ?? null;
  const { classes, sizePx: classMapPx } = options.classMaps ?? { classes: [], sizePx: 0 };
  const thingsOf = classifiedThings(classes);
  let waitedMilliseconds = 0;

  const masks = new WeakMap<Sample, Rle>();
  const maskOf = (sample: Sample): Rle => {
    const known = masks.get(sample);
    if (known) return known;
    const rle = sample.mask();
    masks.set(sample, rle);
    return rle;
  };

  /** Pictures of which a part is being read: whoever needs the same one waits, so that it is read once. */
  const reading = new Map<string, Promise<unknown>>();
  const hasAll = (parts: PictureParts): boolean =>
    parts.input !== undefined &&
    (parts.detail !== undefined || !augment?.crop?.share) &&
    (parts.classMap !== undefined || classMapPx === 0);
  const make = async (
    path: string,
    request: Omit<SampleRequest, 'parts' | 'things'>,
    things: () => ClassifiedThing[],
  ) => {
    for (let other = reading.get(path); other && !hasAll(cache.get(path)); other = reading.get(path)) {
      await other.catch(() => undefined);
    }
    const parts = cache.get(path);
    const isMapMissing = classMapPx > 0 && !parts.classMap;
    const made = pool.make({ ...request, parts, things: isMapMissing ? things() : undefined });
    if (hasAll(parts)) return made;
    reading.set(path, made);
    try {
      const sample = await made;
      cache.add(path, sample.made);
      return sample;
    } finally {
      if (reading.get(path) === made) reading.delete(path);
    }
  };

  const noneReadable = (): UserError => {
    const [first] = broken.values();
    return new UserError(`none of the ${samplesPerEpoch} samples has a picture that can be read; the first: ${first}`);
  };

  /** The sample at a place of an epoch, ready for the model; throws a UserError when its picture is broken. */
  const prepare = async (position: number, epoch: number, place: number) => {
    const { dataset, samples } = entries[position];
    const sample = samples.length === 1 ? samples[0] : createRandom(seed, 'sentence', epoch, position).pick(samples);
    const path = imagePath(dataset, sample.image);
    const known = broken.get(path);
    if (known !== undefined) throw new UserError(known);
    try {
      const request = {
        path,
        sentence: sample.sentence,
        kind: sample.kind,
        rle: maskOf(sample),
        sizePx,
        detailPx: sizePx * detailFactor,
        augment,
        seeds: { augment: [seed, 'augment', epoch, place], fixed: [seed, 'fixed', sample.id] },
        normalise,
        classMapPx,
      };
      const prepared = await make(path, request, () => thingsOf(dataset, sample.image));
      if (prepared.damage !== null && !damaged.has(path)) {
        damaged.add(path);
        options.onDamaged?.(prepared.damage, path);
      }
      return { sample, prepared };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const message = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
      if (onBroken === 'skip') broken.set(path, message);
      throw new UserError(`${message} (sample ${sample.id} of ${dataset.root})`);
    }
  };

  /** As prepare; a broken one gives its place to the next of the epoch that can be read, or to none. */
  const prepareOrReplace = async (positions: Int32Array, epoch: number, place: number) => {
    const tries = onBroken === 'stop' || !dropLast ? 1 : positions.length;
    for (let step = 0; step < tries; step++) {
      const at = (place + step) % positions.length;
      try {
        return await prepare(positions[at], epoch, place);
      } catch (error) {
        if (onBroken === 'stop' || !(error instanceof UserError)) throw error;
      }
    }
    if (tries > 1) throw noneReadable();
    return undefined;
  };

  const build = async (positions: Int32Array, epoch: number, index: number): Promise<Batch> => {
    const first = index * batchSize;
    const count = Math.min(batchSize, positions.length - first);
    const places = Array.from({ length: count }, (_, place) => first + place);
    const ready = (await Promise.all(places.map((place) => prepareOrReplace(positions, epoch, place)))).filter(
      (item) => item !== undefined,
    );
    const area = sizePx * sizePx;
    const numbers = ready.length * 3 * area;
    const images = new Float32Array(normalise === 'none' ? 0 : numbers);
    const pixels = new Uint8Array(normalise === 'none' ? numbers : 0);
    const pictures = normalise === 'none' ? pixels : images;
    const masks = new Uint8Array(ready.length * area);
    const classMapArea = classMapPx * classMapPx;
    const classMaps = classMapPx > 0 ? new Uint8Array(ready.length * classMapArea) : null;
    ready.forEach(({ prepared }, place) => {
      pictures.set(prepared.image, place * 3 * area);
      masks.set(prepared.mask, place * area);
      if (prepared.classMap) classMaps?.set(prepared.classMap, place * classMapArea);
    });
    const sentences = ready.map(({ prepared }) => prepared.sentence);
    return { epoch, index, images, pixels, masks, classMaps, sentences, samples: ready.map(({ sample }) => sample) };
  };

  async function* iterate(start: { epoch: number; index: number }, lastEpoch: number): AsyncGenerator<Batch, void> {
    const ahead: Promise<Batch>[] = [];
    const prefetch = Math.max(0, options.prefetch ?? 2);
    let { epoch, index } = start;
    let positions = order(epoch);
    const launch = (): void => {
      while (ahead.length <= prefetch) {
        if (index >= batchesPerEpoch) {
          epoch += 1;
          index = 0;
          if (epoch <= lastEpoch) positions = order(epoch);
        }
        if (epoch > lastEpoch) return;
        const promise = build(positions, epoch, index++);
        // A batch that fails is reported when its turn comes, not as an unhandled rejection before.
        promise.catch(() => undefined);
        ahead.push(promise);
      }
    };
    let empty = 0;
    launch();
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      signal?.throwIfAborted();
      const waitedFrom = performance.now();
      const batch = await next;
      waitedMilliseconds += performance.now() - waitedFrom;
      signal?.throwIfAborted();
      launch();
      // Only a batch whose every picture is broken is empty; the consumer never sees it.
      empty = batch.samples.length > 0 ? 0 : empty + 1;
      if (empty === 0) yield batch;
      else if (empty >= batchesPerEpoch && lastEpoch === Number.POSITIVE_INFINITY) throw noneReadable();
    }
  }

  return {
    samplesPerEpoch,
    batchesPerEpoch,
    epoch: (epoch, firstBatch = 0) => iterate({ epoch, index: firstBatch }, epoch),
    from: (position) => iterate(position, Number.POSITIVE_INFINITY),
    broken,
    get waitedMilliseconds() {
      return waitedMilliseconds;
    },
    async close() {
      await pool.close();
      cache.clear();
    },
  };
}

function collectEntries(
  sources: readonly { readonly dataset: Dataset; readonly weight?: number }[],
  { split, weight = () => 1, sentences = 'all' }: LoaderOptions,
): Entry[] {
  const all: Entry[] = [];
  const isMixed = sources.some((source) => source.weight !== undefined);
  for (const [stratum, { dataset, weight: share = 1 }] of sources.entries()) {
    const samples = split === undefined ? dataset.samples : dataset.samples.filter((sample) => sample.split === split);
    if (samples.length === 0) {
      const splits = [...new Set(dataset.samples.map((sample) => sample.split))];
      const reason =
        dataset.samples.length === 0
          ? 'has no sentences: make some with refersat generate'
          : `has no split ${split}; it has ${splits.join(', ')}`;
      throw new UserError(`${dataset.root}: the dataset ${reason}`);
    }
    const groups = sentences === 'all' ? samples.map((sample) => [sample]) : groupByTarget(samples);
    const weights = groups.map(([first]) => weight(first));
    const total = weights.reduce((sum, value) => sum + value, 0);
    if (weights.some((value) => !(value >= 0)) || !(total > 0)) {
      throw new RangeError(`weight of samples in ${dataset.root}: expected numbers of 0 or more, not all 0`);
    }
    groups.forEach((group, place) => {
      all.push({
        dataset,
        stratum,
        samples: group,
        weight: isMixed ? (weights[place] / total) * share : weights[place],
      });
    });
  }
  return all;
}

function groupByTarget(samples: readonly Sample[]): Sample[][] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    // Without ids of targets nothing says that two sentences mean the same.
    const key = sample.targets.length === 0 ? `sample ${sample.id}` : `${sample.image.id} ${sample.targets.join()}`;
    const group = groups.get(key);
    if (group) group.push(sample);
    else groups.set(key, [sample]);
  }
  return [...groups.values()];
}
