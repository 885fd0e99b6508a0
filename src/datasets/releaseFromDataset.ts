import { basename, dirname, join } from 'node:path';
import type { Release, ReleaseAnnotation, ReleaseReference, ReleaseSentence } from './release.js';
import type { Dataset, DatasetImage, Sample } from './sample.js';

/** The category written for things of a release that names none. */
const unnamedCategory = 'object';

/** A dataset as writers take it, and what had to be made up for it. */
export interface MadeRelease {
  readonly release: Release;
  /** Masks of samples without annotations that became annotations. */
  readonly madeAnnotations: number;
}

/** A picture's path as one below a single image folder: `train/images/a.png` of Aerial-D becomes `train/a.png`. */
export function releaseImageFile({ file, folder }: DatasetImage): string {
  if (folder === undefined) return file;
  const above = basename(folder) === 'images' ? dirname(folder) : folder;
  return above === '.' ? file : join(above, file).replaceAll('\\', '/');
}

/** Samples that one reference of the release gave, in its order: they share id, picture, split and meaning. */
function referenceGroups(samples: readonly Sample[]): Sample[][] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { refId, id, image, split, category, targets, kind } = sample;
    const shared = kind === 'none' || targets.length > 0;
    const key =
      refId === undefined || !shared
        ? `sample ${id}`
        : `${refId} ${image.id} ${split} ${category} ${targets.join(' ')}`;
    const group = groups.get(key);
    if (group) group.push(sample);
    else groups.set(key, [sample]);
  }
  return [...groups.values()];
}

/**
 * A dataset as plain objects for a writer: pictures, annotations with their outlines or runs, references with their
 * sentences. A sample that has a mask but no annotations (RefSegRS, groups of Aerial-D) gets an annotation of its own.
 * Throws a UserError where a mask is broken.
 */
export function releaseFromDataset(dataset: Dataset): MadeRelease {
  const named = (category: string): string => (category === '' ? unnamedCategory : category);
  const annotations: ReleaseAnnotation[] = dataset.annotations.map((annotation) => {
    const { id, imageId, category, boxXywh, areaPx, isCrowd } = annotation;
    const polygons = annotation.polygons?.();
    const rle = polygons === undefined && annotation.hasMask ? annotation.mask() : undefined;
    return { id, imageId, category: named(category), polygons, rle, boxXywh, areaPx, isCrowd };
  });
  let nextId = annotations.reduce((highest, { id }) => Math.max(highest, id), 0) + 1;
  const madeFor = new Map<string, number>();
  const annotationFor = (sample: Sample): number => {
    const rle = sample.mask();
    const key = `${sample.image.id} ${rle.counts.join(' ')}`;
    const made = madeFor.get(key);
    if (made !== undefined) return made;
    annotations.push({ id: nextId, imageId: sample.image.id, category: named(sample.category), rle });
    madeFor.set(key, nextId);
    nextId += 1;
    return nextId - 1;
  };
  const usedIds = new Set<number>();
  const references: ReleaseReference[] = referenceGroups(dataset.samples).map((group) => {
    const [first] = group;
    const isNone = first.kind === 'none';
    const annotationIds = isNone ? [] : first.targets.length > 0 ? first.targets : [annotationFor(first)];
    const sentences: ReleaseSentence[] = group.map(({ raw, sentence, sentenceId }) => ({ raw, sentence, sentenceId }));
    // A reference whose sentences mean different things is several; the first keeps the id.
    const refId = first.refId !== undefined && !usedIds.has(first.refId) ? first.refId : undefined;
    if (refId !== undefined) usedIds.add(refId);
    const category = isNone ? undefined : named(first.category);
    return { refId, imageId: first.image.id, split: first.split, annotationIds, category, sentences };
  });
  const ids = dataset.categoryIds ?? [];
  const categories = ids.length === 0 ? undefined : ids.map((id, row) => ({ id, name: dataset.categories[row] }));
  const images = dataset.images.map((image) => {
    const { id, width, height } = image;
    return { id, file: releaseImageFile(image), width, height };
  });
  return { release: { images, annotations, references, categories }, madeAnnotations: madeFor.size };
}
