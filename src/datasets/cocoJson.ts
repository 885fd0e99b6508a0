import { UserError } from '../errors/index.js';
import { type Rle, rleArea, rleBox, rleFromPolygons, rleToString } from '../masks/index.js';
import { noTargetCategory, type Release, type ReleaseAnnotation, type ReleaseImage } from './release.js';

/** The names and ids that a release's annotations file lists: those given, then those met that are missing. */
export function releaseCategories(release: Release, order: readonly string[] = []): { id: number; name: string }[] {
  const categories = release.categories ? release.categories.map(({ id, name }) => ({ id, name })) : [];
  const known = new Set(categories.map(({ name }) => name));
  const met = new Set<string>();
  for (const annotation of release.annotations) met.add(annotation.category);
  for (const reference of release.references) {
    if (reference.annotationIds.length > 0 && reference.category !== undefined) met.add(reference.category);
  }
  let next = categories.reduce((highest, { id }) => Math.max(highest, id), 0) + 1;
  const fixed = !release.categories && [...met].every((name) => order.includes(name));
  for (const name of fixed ? order : met) {
    if (known.has(name) || (name === noTargetCategory && !fixed)) continue;
    categories.push({ id: next, name });
    next += 1;
  }
  if (met.has(noTargetCategory) && !known.has(noTargetCategory) && !fixed) {
    categories.push({ id: next, name: noTargetCategory });
  }
  return categories;
}

/** The mask of a release's annotation at its image's size; undefined where it has a box only. */
export function annotationMask(annotation: ReleaseAnnotation, image: ReleaseImage): Rle | undefined {
  if (annotation.polygons && annotation.polygons.length > 0) {
    return rleFromPolygons(
      annotation.polygons.map((polygon) => [...polygon]),
      image.height,
      image.width,
    );
  }
  return annotation.rle;
}

/** One record of `annotations` as COCO writes it. */
function cocoAnnotation(annotation: ReleaseAnnotation, image: ReleaseImage, categoryId: number): object {
  const { polygons, rle } = annotation;
  const outlined = polygons !== undefined && polygons.length > 0;
  const needsMask = annotation.boxXywh === undefined || annotation.areaPx === undefined;
  const mask = needsMask ? annotationMask(annotation, image) : undefined;
  const box = annotation.boxXywh ?? (mask ? rleBox(mask) : [0, 0, 0, 0]);
  return {
    id: annotation.id,
    image_id: annotation.imageId,
    category_id: categoryId,
    segmentation: outlined ? polygons : rle ? { size: [rle.height, rle.width], counts: rleToString(rle) } : [],
    bbox: [...box],
    area: annotation.areaPx ?? (mask ? rleArea(mask) : box[2] * box[3]),
    iscrowd: annotation.isCrowd ? 1 : 0,
  };
}

/**
 * The text of an `instances.json` in COCO's form. Throws a UserError when an annotation names an image or a category
 * that the release lacks, or when an id is used twice.
 */
export function cocoInstances(release: Release, categories: readonly { id: number; name: string }[]): string {
  const images = new Map<number, ReleaseImage>();
  for (const image of release.images) {
    if (images.has(image.id)) throw new UserError(`images: two images have the id ${image.id}; give each its own`);
    images.set(image.id, image);
  }
  const categoryIds = new Map(categories.map(({ id, name }) => [name, id]));
  const seen = new Set<number>();
  const annotations = release.annotations.map((annotation) => {
    const image = images.get(annotation.imageId);
    const categoryId = categoryIds.get(annotation.category);
    if (seen.has(annotation.id))
      throw new UserError(`annotations: two have the id ${annotation.id}; give each its own`);
    seen.add(annotation.id);
    if (!image) throw new UserError(`annotation ${annotation.id}: no image has the id ${annotation.imageId}`);
    if (categoryId === undefined) {
      throw new UserError(`annotation ${annotation.id}: the category '${annotation.category}' is not in the list`);
    }
    return JSON.stringify(cocoAnnotation(annotation, image, categoryId));
  });
  const pictures = release.images.map(({ id, file, width, height }) =>
    JSON.stringify({ id, file_name: file, height, width }),
  );
  const names = categories.map(({ id, name }) => JSON.stringify({ id, name, supercategory: 'thing' }));
  return [
    `{"info":${JSON.stringify(release.info ?? {})},\n"images":[\n`,
    pictures.join(',\n'),
    '\n],\n"annotations":[\n',
    annotations.join(',\n'),
    '\n],\n"categories":[\n',
    names.join(',\n'),
    '\n]}\n',
  ].join('');
}
