import { basename } from 'node:path';
import type { Dataset, Sample } from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { createRandom } from '../random/index.js';

/** A sample that is evaluated. */
export interface ChosenSample {
  /** The sample's own id; with several sets the set's name stands before it. */
  readonly id: string;
  readonly sample: Sample;
  readonly dataset: Dataset;
}

/** The samples of one set that are evaluated. */
export interface ChosenSet {
  /** Its folder's name, numbered where two sets have the same. */
  readonly name: string;
  readonly dataset: Dataset;
  readonly samples: readonly ChosenSample[];
}

function samplesOf(dataset: Dataset, split: string): readonly Sample[] {
  const samples = dataset.samples.filter((sample) => sample.split === split);
  if (samples.length > 0) return samples;
  if (dataset.samples.length === 0) {
    throw new UserError(
      `${dataset.root}: has no sentences to evaluate, or none in the language asked for; refersat generate makes some`,
    );
  }
  const counts = new Map<string, number>();
  for (const sample of dataset.samples) counts.set(sample.split, (counts.get(sample.split) ?? 0) + 1);
  const splits = [...counts].map(([name, count]) => `${name} (${count.toLocaleString('en')} samples)`).join(', ');
  throw new UserError(`${dataset.root}: has no split '${split}'; it has ${splits}. Name one with --split`);
}

/**
 * The samples of a split in the sets' order, at most `limit` of them, drawn over all sets by `seed`: the same seed draws
 * the same samples. A set of which none was drawn is left out.
 * @throws UserError when a set has no such split (it lists those that it has) or no sentences at all
 */
export function chooseSamples(
  datasets: readonly Dataset[],
  options: { readonly split: string; readonly limit?: number; readonly seed: number },
): ChosenSet[] {
  const parts = datasets.map((dataset) => ({ dataset, samples: samplesOf(dataset, options.split) }));
  const total = parts.reduce((sum, { samples }) => sum + samples.length, 0);
  const places = Array.from({ length: total }, (_, place) => place);
  const { limit = total } = options;
  const drawn = limit < total ? createRandom(options.seed, 'evaluation').shuffle(places).slice(0, limit) : places;
  const chosen = new Set(drawn);
  const names = new Set<string>();
  let place = 0;
  const sets = parts.map(({ dataset, samples }): ChosenSet => {
    const base = basename(dataset.root);
    let name = base;
    for (let count = 2; names.has(name); count++) name = `${base}-${count}`;
    names.add(name);
    const kept = samples.filter(() => chosen.has(place++));
    const prefix = datasets.length > 1 ? `${name}/` : '';
    return { name, dataset, samples: kept.map((sample) => ({ id: `${prefix}${sample.id}`, sample, dataset })) };
  });
  return sets.filter(({ samples }) => samples.length > 0);
}
