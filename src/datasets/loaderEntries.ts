import { UserError } from '../errors/index.js';
import type { LoaderSettings } from './loaderOptions.js';
import type { Dataset, Sample } from './sample.js';

/** A dataset that a loader shows; `weight` is its share of an epoch, relative to the others. */
export interface WeightedDataset {
  readonly dataset: Dataset;
  readonly weight?: number;
}

/** One of the things that an epoch may show: a sentence, or the targets that several sentences are about. */
export interface LoaderEntry {
  readonly dataset: Dataset;
  /** Its sentences: one of them is drawn each time. */
  readonly samples: readonly Sample[];
  readonly weight: number;
  /** Place of the dataset in the list. */
  readonly stratum: number;
}

/**
 * What the epochs of a loader may show. Where the datasets have weights, those are the shares of them in an epoch.
 * Throws a UserError for a dataset without samples in the split, and a RangeError for weights of samples that are
 * negative, or all 0.
 */
export function collectEntries(
  sources: readonly WeightedDataset[],
  { split, weight, sentences }: Pick<LoaderSettings, 'split' | 'weight' | 'sentences'>,
): LoaderEntry[] {
  const all: LoaderEntry[] = [];
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

/** How many samples an epoch shows. */
export const countShown = (entries: readonly LoaderEntry[]): number =>
  entries.filter(({ weight }) => weight > 0).length;

/** Sentences about the same targets of the same picture, together. */
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
