import { rleFromBox } from '../masks/index.js';
import { annotationsByImage } from './annotationsByImage.js';
import type { ClassifiedThing } from './classMap.js';
import type { Annotation, Dataset, DatasetImage } from './sample.js';

/**
 * Finds the annotated things of a picture with the place of their category among `classes`; those of other categories
 * are left out. A dataset's annotations are sorted by picture once, when first asked.
 */
export function classifiedThings(
  classes: readonly string[],
): (dataset: Dataset, image: DatasetImage) => ClassifiedThing[] {
  const indices = new Map(classes.map((name, index) => [name, index]));
  const sorted = new WeakMap<Dataset, Map<number, Annotation[]>>();
  const byImage = (dataset: Dataset): Map<number, Annotation[]> => {
    const known = sorted.get(dataset);
    if (known) return known;
    const found = annotationsByImage(dataset.annotations);
    sorted.set(dataset, found);
    return found;
  };
  return (dataset, image) => {
    const things: ClassifiedThing[] = [];
    for (const annotation of byImage(dataset).get(image.id) ?? []) {
      const classIndex = indices.get(annotation.category);
      if (classIndex === undefined) continue;
      const isBox = !annotation.hasMask;
      const rle = isBox ? rleFromBox([...annotation.boxXywh], image.height, image.width) : annotation.mask();
      things.push({ classIndex, rle, isBox });
    }
    return things;
  };
}
