import { UserError } from '../errors/index.js';
import { createRandom } from '../random/index.js';
import type { Dataset, Kind, Sample } from './sample.js';

/** Which samples to keep: all conditions together. */
export interface SubsetOptions {
  readonly categories?: readonly string[];
  readonly kinds?: readonly Kind[];
  readonly splits?: readonly string[];
  /** At most so many samples (images, in a set without sentences), drawn by `seed`. */
  readonly count?: number;
  readonly seed: number;
}

function refuseUnknown(what: string, wanted: readonly string[] | undefined, known: Iterable<string>): void {
  const names = new Set(known);
  for (const name of wanted ?? []) {
    if (!names.has(name)) throw new UserError(`no ${what} '${name}'; there are ${[...names].join(', ') || 'none'}`);
  }
}

/** So many of a list, drawn by a seed, in the list's order. */
function draw<T>(items: readonly T[], count: number | undefined, seed: number): T[] {
  if (count === undefined || count >= items.length) return [...items];
  const rows = createRandom(seed, 'subset')
    .shuffle([...items.keys()])
    .slice(0, count);
  return rows.sort((a, b) => a - b).map((row) => items[row]);
}

/**
 * A dataset with some of the samples and the images that they stand in; those images keep all their annotations, since
 * what a sentence means depends on its surroundings. In a set without sentences, `categories` chooses annotations.
 * Throws a UserError when a name is not in the dataset or nothing is left.
 */
export function subsetDataset(dataset: Dataset, options: SubsetOptions): Dataset {
  const { categories, kinds, splits, count, seed } = options;
  const { samples, annotations } = dataset;
  const used =
    samples.length > 0 ? samples.map(({ category }) => category) : annotations.map(({ category }) => category);
  refuseUnknown('category', categories, [...dataset.categories, ...used]);
  refuseUnknown(
    'split',
    splits,
    samples.map(({ split }) => split),
  );
  const within = <T>(value: T, wanted: readonly T[] | undefined): boolean =>
    wanted === undefined || wanted.includes(value);
  if (samples.length > 0) {
    const fits = ({ category, kind, split }: Sample): boolean =>
      within(category, categories) && within(kind, kinds) && within(split, splits);
    const kept = draw(samples.filter(fits), count, seed);
    if (kept.length === 0) throw new UserError(`${dataset.root}: no sample fits; loosen the conditions`);
    const imageIds = new Set(kept.map(({ image }) => image.id));
    return {
      ...dataset,
      samples: kept,
      images: dataset.images.filter(({ id }) => imageIds.has(id)),
      annotations: annotations.filter(({ imageId }) => imageIds.has(imageId)),
    };
  }
  if (kinds) throw new UserError(`${dataset.root}: the set has no sentences, so there are no kinds; leave --kind out`);
  const chosen = annotations.filter(({ category }) => within(category, categories));
  const withOne = new Set(chosen.map(({ imageId }) => imageId));
  const images = draw(categories ? dataset.images.filter(({ id }) => withOne.has(id)) : dataset.images, count, seed);
  if (images.length === 0) throw new UserError(`${dataset.root}: no image fits; loosen the conditions`);
  const imageIds = new Set(images.map(({ id }) => id));
  return { ...dataset, images, annotations: chosen.filter(({ imageId }) => imageIds.has(imageId)) };
}
