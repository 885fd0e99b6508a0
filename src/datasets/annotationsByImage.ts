import type { Annotation } from './sample.js';

/** Annotations by the id of their image, each list in the order that they came. */
export function annotationsByImage(annotations: readonly Annotation[]): Map<number, Annotation[]> {
  const byImage = new Map<number, Annotation[]>();
  for (const annotation of annotations) {
    const list = byImage.get(annotation.imageId);
    if (list) list.push(annotation);
    else byImage.set(annotation.imageId, [annotation]);
  }
  return byImage;
}
