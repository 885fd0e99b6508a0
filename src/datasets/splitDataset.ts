import { createRandom } from '../random/index.js';
import type { Release } from './release.js';
import type { Dataset } from './sample.js';

/** A split with the part of the images that it shall have. */
export interface SplitPart {
  readonly name: string;
  readonly part: number;
}

/** What must be spread evenly, per image: how often each kind and category stands in it. */
function strataOf(dataset: Dataset): Map<number, Map<string, number>> {
  const strata = new Map<number, Map<string, number>>(dataset.images.map(({ id }) => [id, new Map()]));
  const count = (imageId: number, stratum: string): void => {
    const of = strata.get(imageId);
    of?.set(stratum, (of.get(stratum) ?? 0) + 1);
  };
  for (const { image, kind, category } of dataset.samples) count(image.id, `${kind} ${category}`);
  if (dataset.samples.length === 0) {
    for (const { imageId, category } of dataset.annotations) count(imageId, category);
  }
  return strata;
}

/**
 * Gives each image of a dataset a split, so that the samples of every kind and category are spread in the parts' ratio
 * and no image stands in two splits. The same dataset, parts and seed give the same splits, in whatever order the
 * images come.
 *
 * Source: iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data",
 * 2011): the rarest stratum first, each of its images to the split that lacks it most.
 */
export function splitImages(dataset: Dataset, parts: readonly SplitPart[], seed: number): Map<number, string> {
  const strata = strataOf(dataset);
  const order = createRandom(seed, 'split').shuffle([...strata.keys()].sort((a, b) => a - b));
  const whole = parts.reduce((sum, { part }) => sum + part, 0);
  const shares = parts.map(({ part }) => part / whole);
  const totals = new Map<string, number>();
  for (const of of strata.values())
    for (const [stratum, count] of of) totals.set(stratum, (totals.get(stratum) ?? 0) + count);
  const lacking = new Map([...totals].map(([stratum, total]) => [stratum, shares.map((share) => share * total)]));
  const imagesLacking = shares.map((share) => share * order.length);
  const placed = new Map<number, string>();

  const place = (imageId: number, stratum: string | undefined): void => {
    const wanted = stratum === undefined ? imagesLacking : (lacking.get(stratum) ?? imagesLacking);
    let best = 0;
    for (let row = 1; row < parts.length; row++) {
      const more = wanted[row] - wanted[best];
      if (more > 1e-9 || (Math.abs(more) <= 1e-9 && imagesLacking[row] > imagesLacking[best] + 1e-9)) best = row;
    }
    placed.set(imageId, parts[best].name);
    imagesLacking[best] -= 1;
    for (const [name, count] of strata.get(imageId) ?? []) {
      const of = lacking.get(name);
      if (of) of[best] -= count;
    }
  };
  const rarestFirst = [...totals].sort(([nameA, a], [nameB, b]) => a - b || (nameA < nameB ? -1 : 1));
  for (const [stratum] of rarestFirst) {
    for (const imageId of order) {
      if (!placed.has(imageId) && strata.get(imageId)?.has(stratum)) place(imageId, stratum);
    }
  }
  for (const imageId of order) if (!placed.has(imageId)) place(imageId, undefined);
  return placed;
}

/** A release whose references stand in the splits of their images. */
export function withSplits(release: Release, splits: ReadonlyMap<number, string>): Release {
  const references = release.references.map((reference) => {
    const split = splits.get(reference.imageId);
    return split === undefined ? reference : { ...reference, split };
  });
  return { ...release, references, imageSplits: splits };
}

/** The part of a release that lies in some images, with all their annotations. */
export function releaseOfImages(release: Release, imageIds: ReadonlySet<number>): Release {
  return {
    ...release,
    images: release.images.filter(({ id }) => imageIds.has(id)),
    annotations: release.annotations.filter(({ imageId }) => imageIds.has(imageId)),
    references: release.references.filter(({ imageId }) => imageIds.has(imageId)),
  };
}
