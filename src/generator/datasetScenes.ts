import {
  type Annotation,
  annotationsByImage,
  type Dataset,
  type DatasetImage,
  imagePath,
  noTargetCategory,
} from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { decodeImage, type RgbImage } from '../imagery/index.js';
import { type Rle, rleArea, rleBox } from '../masks/index.js';
import { objectColour, pictureColours } from './objectColour.js';
import type { Scene, SceneObject } from './scene.js';

/** A picture of a dataset as a scene, with where its file lies. */
export interface DatasetScene {
  readonly scene: Scene;
  readonly image: DatasetImage;
  readonly file: string;
}

/** A picture that was left out, and why. */
export interface LeftOut {
  readonly image: DatasetImage;
  readonly reason: string;
}

export interface DatasetSceneOptions {
  /** Categories whose masks are land cover, not instances; found by looking when left out. */
  readonly cover?: readonly string[];
  /** Categories that the set does not outline completely: sentences never say that one is absent. */
  readonly incomplete?: readonly string[];
  /** Look at pixels to name colours. Default true. */
  readonly colours?: boolean;
}

/** How things without a category are called. */
const unnamedCategory = 'object';

const nameOf = (annotation: Annotation): string => annotation.category.trim() || unnamedCategory;

/**
 * Categories that look like land cover: no picture holds two masks of the category, and the masks fall apart into many
 * pieces. Needs at least five pictures to judge.
 */
export function findCoverCategories(dataset: Dataset): string[] {
  const byCategory = new Map<string, Map<number, Annotation[]>>();
  for (const annotation of dataset.annotations) {
    if (!annotation.hasMask) continue;
    const images = byCategory.get(nameOf(annotation)) ?? new Map<number, Annotation[]>();
    byCategory.set(nameOf(annotation), images);
    images.set(annotation.imageId, [...(images.get(annotation.imageId) ?? []), annotation]);
  }
  const found: string[] = [];
  for (const [category, images] of byCategory) {
    if (images.size < 5 || [...images.values()].some((list) => list.length > 1)) continue;
    const pieces = [...images.values()]
      .slice(0, 40)
      .map(([annotation]) => piecesOf(annotation.mask()))
      .sort((a, b) => a - b);
    if (pieces[pieces.length >> 1] >= 3) found.push(category);
  }
  return found;
}

/** The number of connected pieces of a mask (runs of neighbouring columns that touch). */
function piecesOf({ counts, height }: Rle): number {
  const starts: number[] = [];
  const ends: number[] = [];
  const parent: number[] = [];
  const find = (index: number): number => {
    let root = index;
    while (parent[root] !== root) root = parent[root];
    parent[index] = root;
    return root;
  };
  let position = 0;
  let oldest = 0;
  for (let run = 0; run + 1 < counts.length; run += 2) {
    position += counts[run];
    let start = position;
    const last = position + counts[run + 1];
    position = last;
    // A run over the end of a column goes on in the next one.
    while (start < last) {
      const end = Math.min(last, (Math.floor(start / height) + 1) * height);
      const index = starts.length;
      starts.push(start);
      ends.push(end);
      parent.push(index);
      while (ends[oldest] <= start - height) oldest++;
      for (let other = oldest; other < index && starts[other] < end - height; other++) {
        if (ends[other] > start - height) parent[find(other)] = find(index);
      }
      start = end;
    }
  }
  return parent.filter((_, index) => find(index) === index).length;
}

/** Pixels along each axis where a mask's weight lies. */
function centreOfMass({ counts, height }: Rle, area: number): [number, number] {
  let x = 0;
  let y = 0;
  let position = 0;
  for (let run = 0; run + 1 < counts.length; run += 2) {
    position += counts[run];
    let start = position;
    const last = position + counts[run + 1];
    position = last;
    while (start < last) {
      const column = Math.floor(start / height);
      const end = Math.min(last, (column + 1) * height);
      const length = end - start;
      x += (column + 0.5) * length;
      y += ((start + end) / 2 - column * height) * length;
      start = end;
    }
  }
  return [x / area, y / area];
}

/** Measures one annotation; null for an empty mask. */
function objectOf(
  annotation: Annotation,
  image: DatasetImage,
  isCover: boolean,
  colourOf: (mask: Rle, areaPx: number) => SceneObject['colour'],
): SceneObject | null {
  const mask = annotation.hasMask ? annotation.mask() : null;
  const areaOfMask = mask ? rleArea(mask) : 0;
  if (mask && areaOfMask === 0) return null;
  const [x, y, width, height] = mask ? rleBox(mask) : annotation.boxXywh;
  if (!(width > 0 && height > 0)) return null;
  return {
    id: annotation.id,
    category: nameOf(annotation),
    boxXywh: [x, y, width, height],
    centre: mask ? centreOfMass(mask, areaOfMask) : [x + width / 2, y + height / 2],
    areaPx: mask ? areaOfMask : Math.round(width * height),
    mask,
    colour: mask && !isCover ? colourOf(mask, areaOfMask) : null,
    clipped: x <= 1 || y <= 1 || x + width >= image.width - 1 || y + height >= image.height - 1,
    ...(isCover && { cover: true }),
    ...(annotation.isCrowd && { crowd: true }),
  };
}

/** Makes a scene of one picture's annotations; `pixels` gives the colours (none without). */
export function sceneOf(
  image: DatasetImage,
  annotations: readonly Annotation[],
  labelled: readonly string[],
  cover: ReadonlySet<string>,
  pixels: RgbImage | null,
): Scene {
  const picture = pixels ? pictureColours(pixels) : 'false';
  const colourOf = (mask: Rle, areaPx: number): SceneObject['colour'] =>
    pixels ? objectColour(pixels, mask, areaPx, picture) : null;
  const objects = annotations
    .map((annotation) => objectOf(annotation, image, cover.has(nameOf(annotation)), colourOf))
    .filter((object) => object !== null);
  const coverCategories = [...cover];
  return {
    image: image.file,
    width: image.width,
    height: image.height,
    objects,
    labelled,
    ...(cover.size > 0 && { coverCategories }),
  };
}

/**
 * The scenes of a dataset in the order of its pictures: several pictures are decoded at once, whatever the number the
 * result is the same. Pictures that cannot be read, or whose size is not the stated one, are handed to `onLeftOut`.
 * Throws a UserError when the set has nothing annotated.
 */
export async function* datasetScenes(
  dataset: Dataset,
  options: DatasetSceneOptions,
  onLeftOut: (leftOut: LeftOut) => void,
  signal?: AbortSignal,
): AsyncGenerator<DatasetScene> {
  const things = dataset.annotations.filter(({ category }) => category !== noTargetCategory);
  if (things.length === 0) {
    throw new UserError(
      `${dataset.root}: ${dataset.files.join(', ')} holds no annotated object; sentences are made from outlined things. Give a set with instance masks`,
    );
  }
  if (!things.some(({ hasMask }) => hasMask)) {
    throw new UserError(
      `${dataset.root}: all ${things.length} annotations are boxes; sentences need at least some masks (polygons or RLE), since a box is never a target`,
    );
  }
  const byImage = annotationsByImage(things);
  const incomplete = new Set(options.incomplete ?? []);
  const named = dataset.categories.filter(
    (name) => name !== noTargetCategory && name.trim() !== '' && !incomplete.has(name),
  );
  const labelled = [...new Set(named)];
  const cover = new Set(options.cover ?? findCoverCategories(dataset));

  const load = async (image: DatasetImage): Promise<DatasetScene | LeftOut> => {
    const file = imagePath(dataset, image);
    try {
      const pixels = await decodeImage(file, { orient: image });
      if (pixels.width !== image.width || pixels.height !== image.height) {
        const reason = `${file}: is ${pixels.width} x ${pixels.height} pixels, the annotations say ${image.width} x ${image.height}`;
        return { image, reason };
      }
      const colours = options.colours === false ? null : pixels;
      return { image, file, scene: sceneOf(image, byImage.get(image.id) ?? [], labelled, cover, colours) };
    } catch (error) {
      if (error instanceof UserError) return { image, reason: error.message };
      throw error;
    }
  };

  const ahead = 6;
  const pending: Promise<DatasetScene | LeftOut>[] = [];
  let next = 0;
  while (next < dataset.images.length || pending.length > 0) {
    signal?.throwIfAborted();
    while (next < dataset.images.length && pending.length < ahead) {
      const loading = load(dataset.images[next++]);
      // Awaited in order below; a failure of a later one must not end the process first.
      loading.catch(() => undefined);
      pending.push(loading);
    }
    const loaded = await pending.shift();
    if (!loaded) break;
    if ('scene' in loaded) yield loaded;
    else onLeftOut(loaded);
  }
}
