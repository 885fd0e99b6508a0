import type { Dataset, Kind, Language } from './sample.js';

/** Counts of a dataset, as `dataset info` shows them. */
export interface DatasetInfo {
  readonly format: string;
  readonly root: string;
  /** Files that were chosen, relative to the root, and the folder of the images. */
  readonly files: readonly string[];
  readonly imageFolder: string;
  readonly images: number;
  readonly annotations: number;
  /** Annotations that sentences refer to; masks referred to, in releases without annotation ids. */
  readonly targets: number;
  readonly samples: number;
  /** Samples per kind. */
  readonly kinds: Readonly<Record<Kind, number>>;
  /** Samples per split. */
  readonly splits: Readonly<Record<string, number>>;
  /** Samples per split and kind, and images per split. */
  readonly splitKinds: Readonly<Record<string, Readonly<Record<Kind, number>>>>;
  readonly splitImages: Readonly<Record<string, number>>;
  /** Samples per category; annotations per category in a set without sentences. */
  readonly categories: Readonly<Record<string, number>>;
  /** Samples per language. */
  readonly languages: Readonly<Record<Language, number>>;
  /** Sizes of the images as [height, width]: the extremes by area, and the most common. */
  readonly sizes: {
    readonly smallest: readonly [number, number] | null;
    readonly largest: readonly [number, number] | null;
    readonly common: readonly { readonly size: readonly [number, number]; readonly images: number }[];
  };
  /** Broken records that were left out (`--skip-faulty`). */
  readonly skipped: number;
}

const commonSizes = 5;

/** Counts samples, targets, categories, languages and sizes of a dataset; decodes no mask. */
export function datasetInfo(dataset: Dataset): DatasetInfo {
  const { samples, images, annotations } = dataset;
  const kinds: Record<Kind, number> = { single: 0, multi: 0, none: 0 };
  const languages: Record<Language, number> = { en: 0, zh: 0 };
  const splits: Record<string, number> = {};
  const splitKinds: Record<string, Record<Kind, number>> = {};
  const imagesOf: Record<string, Set<unknown>> = {};
  const categories: Record<string, number> = Object.fromEntries(dataset.categories.map((name) => [name, 0]));
  const targets = new Set<number>();
  let masksWithoutIds = 0;
  for (const { kind, split, language, category, targets: ids, image } of samples) {
    kinds[kind] += 1;
    languages[language] += 1;
    splits[split] = (splits[split] ?? 0) + 1;
    splitKinds[split] ??= { single: 0, multi: 0, none: 0 };
    splitKinds[split][kind] += 1;
    imagesOf[split] ??= new Set();
    imagesOf[split].add(image);
    if (category !== '') categories[category] = (categories[category] ?? 0) + 1;
    for (const id of ids) targets.add(id);
    if (kind !== 'none' && ids.length === 0) masksWithoutIds += 1;
  }
  if (samples.length === 0) {
    for (const { category } of annotations) categories[category] = (categories[category] ?? 0) + 1;
  }
  return {
    format: dataset.format,
    root: dataset.root,
    files: dataset.files,
    imageFolder: dataset.imageFolder,
    images: images.length,
    annotations: annotations.length,
    targets: targets.size > 0 || annotations.length > 0 ? targets.size : masksWithoutIds,
    samples: samples.length,
    kinds,
    splits,
    splitKinds,
    splitImages: Object.fromEntries(Object.entries(imagesOf).map(([split, set]) => [split, set.size])),
    categories,
    languages,
    sizes: imageSizes(dataset),
    skipped: dataset.skipped ?? 0,
  };
}

function imageSizes({ images }: Dataset): DatasetInfo['sizes'] {
  const counts = new Map<string, { size: readonly [number, number]; images: number }>();
  for (const { height, width } of images) {
    const entry = counts.get(`${height}x${width}`);
    if (entry) entry.images += 1;
    else counts.set(`${height}x${width}`, { size: [height, width], images: 1 });
  }
  const all = [...counts.values()];
  const byArea = all.map(({ size }) => size).sort((a, b) => a[0] * a[1] - b[0] * b[1]);
  return {
    smallest: byArea[0] ?? null,
    largest: byArea.at(-1) ?? null,
    common: all.sort((a, b) => b.images - a.images).slice(0, commonSizes),
  };
}
