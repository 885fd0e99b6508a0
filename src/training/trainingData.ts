import {
  type AugmentOptions,
  balanceSets,
  createLoader,
  type Dataset,
  type Loader,
  openDataset,
  type Sample,
} from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { createRandom } from '../random/index.js';
import { scoredSplit, type TrainingConfig } from './trainingConfig.js';
import { classMapSide } from './trainingStep.js';

/** The opened sets of a run. */
export interface TrainingData {
  readonly datasets: readonly { readonly dataset: Dataset; readonly weight: number }[];
  /** Sentences of the training split, for the vocabulary. */
  readonly sentences: readonly string[];
}

/** The splits of samples, as an error lists them. */
const splitsOf = (samples: readonly Sample[]): string =>
  [...new Set(samples.map(({ split }) => split))].join(', ') || 'no samples at all';

/**
 * Opens every set of a run.
 * @throws UserError when one has no sample in the training split, or none has the validation split that was named
 */
export async function openTrainingData(config: TrainingConfig): Promise<TrainingData> {
  const datasets = [];
  for (const { folder, weight } of config.data) {
    datasets.push({ dataset: await openDataset(folder, { language: config.language }), weight });
  }
  for (const { dataset } of datasets) {
    if (dataset.samples.some(({ split }) => split === config.trainSplit)) continue;
    throw new UserError(
      `${dataset.root}: has no samples in the split ${config.trainSplit}; it has ${splitsOf(dataset.samples)}. Name another with --train-split, or make one: refersat dataset split`,
    );
  }
  const all = datasets.flatMap(({ dataset }) => dataset.samples);
  const { validationSplit } = config;
  if (validationSplit && !all.some(({ split }) => split === validationSplit)) {
    const roots = datasets.map(({ dataset }) => dataset.root).join(', ');
    throw new UserError(
      `${roots}: no samples in the validation split ${validationSplit}; there are ${splitsOf(all)}. Name another with --validation-split ('' for none), or make one: refersat dataset split`,
    );
  }
  const sentences = datasets.flatMap(({ dataset }) =>
    dataset.samples.filter(({ split }) => split === config.trainSplit).map(({ sentence }) => sentence),
  );
  return { datasets, sentences };
}

function augmentOptions({ augment }: TrainingConfig): AugmentOptions | undefined {
  if (augment === null) return undefined;
  const { crop, noise, jpeg, ...rest } = augment;
  return { ...rest, crop: crop ?? undefined, noise: noise ?? undefined, jpeg: jpeg ?? undefined };
}

/** What both loaders of a run are told. */
interface LoadingOptions {
  readonly sizePx: number;
  readonly pixels: 'imagenet' | 'unit';
  readonly signal?: AbortSignal;
  readonly onDamaged?: (message: string) => void;
}

/** The loader of the training split: shuffled, augmented, balanced as the configuration asks. */
export function trainingLoader(
  data: TrainingData,
  config: TrainingConfig,
  options: LoadingOptions & { classes: readonly string[] },
): Loader {
  const { kinds, categories, small } = config.balance;
  const sets = data.datasets.map(({ dataset, weight }) => ({
    samples: dataset.samples.filter(({ split }) => split === config.trainSplit),
    weight,
  }));
  const isBalanced = kinds !== null || categories > 0 || small !== 1;
  const weight = isBalanced
    ? balanceSets(sets, { kinds: kinds ?? undefined, categories, small: small === 1 ? undefined : small })
    : undefined;
  for (const { dataset } of weight ? data.datasets : []) {
    const own = dataset.samples.filter(({ split }) => split === config.trainSplit);
    if (own.some((sample) => (weight?.(sample) ?? 1) > 0)) continue;
    const kindsThere = [...new Set(own.map(({ kind }) => kind))].join(', ');
    throw new UserError(
      `${dataset.root}: balance leaves none of its samples (all of them are ${kindsThere}); give these kinds a share above 0, or leave the set out`,
    );
  }
  return createLoader(data.datasets, {
    split: config.trainSplit,
    sizePx: options.sizePx,
    batch: config.batch,
    seed: config.seed,
    shuffle: true,
    augment: augmentOptions(config),
    classMaps:
      options.classes.length > 0 ? { classes: options.classes, sizePx: classMapSide(options.sizePx) } : undefined,
    workers: config.workers ?? undefined,
    cacheMegabytes: config.cacheMegabytes,
    // The step normalises on its own: bytes are a quarter to copy.
    normalise: 'none',
    weight,
    onBroken: config.onBroken,
    onDamaged: options.onDamaged,
    signal: options.signal,
  });
}

/**
 * The loader of the validation split, in the sets' order, or null when it is not wanted or no set has it: at most
 * `validationSamples`, drawn once from the seed, so that every validation sees the same ones.
 */
export function validationLoader(
  data: TrainingData,
  config: TrainingConfig,
  options: LoadingOptions & { batch: number },
): Loader | null {
  const { validationSamples } = config;
  const validationSplit = scoredSplit(config);
  if (validationSplit === '') return null;
  const parts = data.datasets.map(({ dataset }) => ({
    dataset,
    samples: dataset.samples.filter(({ split }) => split === validationSplit),
  }));
  const total = parts.reduce((count, { samples }) => count + samples.length, 0);
  if (total === 0) return null;
  const keep = validationSamples === 0 ? total : Math.min(total, validationSamples);
  const places = createRandom(config.seed, 'validation').shuffle(Array.from({ length: total }, (_, index) => index));
  const chosen = new Set(places.slice(0, keep));
  let place = 0;
  const sources = parts.map(({ dataset, samples }) => ({
    dataset: { ...dataset, samples: samples.filter((_: Sample) => chosen.has(place++)) },
  }));
  return createLoader(
    sources.filter(({ dataset }) => dataset.samples.length > 0),
    {
      split: validationSplit,
      sizePx: options.sizePx,
      batch: options.batch,
      seed: config.seed,
      onBroken: config.onBroken,
      onDamaged: options.onDamaged,
      normalise: options.pixels === 'unit' ? 'rgb255' : 'imagenet',
      workers: config.workers ?? undefined,
      cacheMegabytes: Math.min(256, config.cacheMegabytes),
      signal: options.signal,
    },
  );
}
