import { availableParallelism } from 'node:os';
import type { AugmentOptions } from './augmentSample.js';
import { mostClasses } from './classMap.js';
import type { Sample } from './sample.js';

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

/** Options that may stay open; all others have a value in `LoaderSettings`. */
type Open = 'split' | 'augment' | 'onDamaged' | 'signal' | 'workerProgram';

/** Options with every default filled in. */
export type LoaderSettings = Required<Omit<LoaderOptions, Open>> & Pick<LoaderOptions, Open>;

/** A thread takes memory, and more than these outrun any step. */
const mostWorkers = 16;

/** Checks options and fills in the defaults. Throws a RangeError for an impossible size, batch or number of classes. */
export function loaderSettings(options: LoaderOptions): LoaderSettings {
  const { sizePx, batch, shuffle = false } = options;
  if (!Number.isInteger(sizePx) || sizePx < 1)
    throw new RangeError(`sizePx ${sizePx}: expected a whole number above 0`);
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch ${batch}: expected a whole number above 0`);
  const classMaps = options.classMaps ?? { classes: [], sizePx: 0 };
  if (classMaps.classes.length > mostClasses) {
    throw new RangeError(`${classMaps.classes.length} classes: a class map holds at most ${mostClasses}`);
  }
  return {
    ...options,
    shuffle,
    dropLast: options.dropLast ?? shuffle,
    weight: options.weight ?? (() => 1),
    sentences: options.sentences ?? 'all',
    onBroken: options.onBroken ?? 'stop',
    normalise: options.normalise ?? 'imagenet',
    workers: options.workers ?? Math.min(mostWorkers, availableParallelism()),
    prefetch: Math.max(0, options.prefetch ?? 2),
    classMaps,
    cacheMegabytes: options.cacheMegabytes ?? 1024,
  };
}
