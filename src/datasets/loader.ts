import { UserError } from '../errors/index.js';
import { type Batch, collateBatch } from './loaderBatch.js';
import { collectEntries, countShown, type WeightedDataset } from './loaderEntries.js';
import { createEpochSamples } from './loaderEpochSamples.js';
import { keepPictures } from './loaderKeptPictures.js';
import { type LoaderOptions, loaderSettings } from './loaderOptions.js';
import { epochOrder } from './loaderOrder.js';
import { createSamplePool } from './loaderPool.js';
import { readAhead } from './loaderReadAhead.js';
import type { Dataset } from './sample.js';

export type { Batch } from './loaderBatch.js';
export type { LoaderOptions } from './loaderOptions.js';

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

/**
 * Makes a loader. Several datasets are mixed by `weight`: the share of an epoch's samples that each has, relative to the
 * others. A batch is a pure function of seed, epoch and place, so that a run resumes at any batch without replaying.
 * Throws a UserError when nothing is left to load, and a RangeError for an impossible size or batch.
 */
export function createLoader(source: Dataset | readonly WeightedDataset[], options: LoaderOptions): Loader {
  const settings = loaderSettings(options);
  const { batch: batchSize, dropLast, signal } = settings;
  const entries = collectEntries('samples' in source ? [{ dataset: source }] : source, settings);
  const samplesPerEpoch = countShown(entries);
  const batchesPerEpoch = dropLast ? Math.floor(samplesPerEpoch / batchSize) : Math.ceil(samplesPerEpoch / batchSize);
  if (batchesPerEpoch === 0) {
    throw new UserError(
      `${samplesPerEpoch} samples do not fill a batch of ${batchSize}: take a batch of at most ${samplesPerEpoch}, or more samples`,
    );
  }
  const pool = createSamplePool(settings.workers, settings.workerProgram, { ahead: 2 * batchSize });
  const pictures = keepPictures(pool, settings);
  const samples = createEpochSamples(entries, pictures, settings);
  let waitedMilliseconds = 0;

  const build = async (positions: Int32Array, epoch: number, index: number): Promise<Batch> => {
    const first = index * batchSize;
    const count = Math.min(batchSize, positions.length - first);
    const places = Array.from({ length: count }, (_, place) => first + place);
    const ready = await Promise.all(places.map((place) => samples.at(positions, epoch, place)));
    return collateBatch(
      ready.filter((item) => item !== undefined),
      { epoch, index },
      settings,
    );
  };

  /** Starts the batches from a place on, one each time it is asked. */
  function* launches(start: { epoch: number; index: number }, lastEpoch: number): Generator<Promise<Batch>, void> {
    let { index } = start;
    for (let { epoch } = start; epoch <= lastEpoch; epoch++) {
      const positions = epochOrder(entries, settings.seed, epoch, settings.shuffle);
      for (; index < batchesPerEpoch; index++) yield build(positions, epoch, index);
      index = 0;
    }
  }

  async function* iterate(start: { epoch: number; index: number }, lastEpoch: number): AsyncGenerator<Batch, void> {
    const onWaited = (milliseconds: number): void => {
      waitedMilliseconds += milliseconds;
    };
    let empty = 0;
    for await (const batch of readAhead(launches(start, lastEpoch), settings.prefetch, { signal, onWaited })) {
      // Only a batch whose every picture is broken is empty; the consumer never sees it.
      empty = batch.samples.length > 0 ? 0 : empty + 1;
      if (empty === 0) yield batch;
      else if (empty >= batchesPerEpoch && lastEpoch === Number.POSITIVE_INFINITY) {
        throw samples.noneReadable();
      }
    }
  }

  return {
    samplesPerEpoch,
    batchesPerEpoch,
    epoch: (epoch, firstBatch = 0) => iterate({ epoch, index: firstBatch }, epoch),
    from: (position) => iterate(position, Number.POSITIVE_INFINITY),
    broken: samples.broken,
    get waitedMilliseconds() {
      return waitedMilliseconds;
    },
    close: pictures.close,
  };
}
