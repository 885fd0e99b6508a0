import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../files/index.js';
import { polygonsWithoutHoles, type Rle, rleFromPolygons } from '../masks/index.js';
import { releaseCategories } from './cocoJson.js';
import { noTargetCategory, type Release, type ReleaseImage } from './release.js';

const splitFolder = /^(train|val|valid|test)\//;

/** Where pictures belong, and what the labels could not hold exactly. */
export interface WrittenYolo {
  readonly images: readonly { readonly imageId: number; readonly to: string }[];
  /** Things with a box only: a segmentation label cannot say them. */
  readonly boxesOnly: number;
  readonly crowds: number;
  /** Runs whose outline along the pixel edges gives other pixels when it is filled as COCO fills polygons. */
  readonly changedMasks: number;
  /** Things of several parts: each part is a line of its own. */
  readonly parted: number;
}

/** A number between 0 and 1 for a coordinate; pictures of any size get it back to a millionth of a pixel. */
const part = (value: number, side: number): string => String(Number((value / side).toPrecision(12)));

const copied = (outlines: readonly (readonly number[])[]): number[][] => outlines.map((outline) => [...outline]);

const sameMask = (a: Rle, b: Rle): boolean =>
  a.counts.length === b.counts.length && a.counts.every((run, index) => run === b.counts[index]);

/**
 * Writes a release as YOLO segmentation labels: `labels/<split>/<picture>.txt` with a line `class x y x y ...` for each
 * outline, relative to the picture's size, and `data.yaml`. The pictures belong in `images/<split>/`. A mask in runs is
 * outlined along its pixel edges, holes cut by a channel of no width.
 *
 * Format: Ultralytics, "Instance segmentation datasets".
 */
export async function writeYolo(folder: string, release: Release): Promise<WrittenYolo> {
  const names = releaseCategories(release)
    .map(({ name }) => name)
    .filter((name) => name !== noTargetCategory);
  const classes = new Map(names.map((name, index) => [name, index]));
  const splits = new Map<number, string>(release.imageSplits ?? []);
  for (const { imageId, split } of release.references) if (!splits.has(imageId)) splits.set(imageId, split);
  const placed = (image: ReleaseImage): { split: string; file: string } => {
    const inName = splitFolder.exec(image.file);
    const split = splits.get(image.id) ?? inName?.[1] ?? 'train';
    return { split, file: inName?.[1] === split ? image.file.slice(inName[0].length) : image.file };
  };
  const lines = new Map<number, string[]>(release.images.map(({ id }) => [id, []]));
  const images = new Map(release.images.map((image) => [image.id, image]));
  let boxesOnly = 0;
  let crowds = 0;
  let changedMasks = 0;
  let parted = 0;
  for (const { imageId, category, polygons, rle, isCrowd } of release.annotations) {
    const image = images.get(imageId);
    const number = classes.get(category);
    if (!image || number === undefined) continue;
    const { width, height } = image;
    const outlined = polygons !== undefined && polygons.length > 0;
    const outlines = outlined ? polygons : rle ? polygonsWithoutHoles(rle) : [];
    if (outlines.length === 0) {
      boxesOnly += 1;
      continue;
    }
    if (isCrowd) crowds += 1;
    if (outlines.length > 1) parted += 1;
    const truth = rle && !outlined ? rle : rleFromPolygons(copied(outlines), height, width);
    // A label may not leave the picture: what does is outlined anew along the pixels that are inside.
    const inside = outlines.every((outline) =>
      outline.every((value, index) => value >= 0 && value <= (index % 2 === 0 ? width : height)),
    );
    const written = inside ? copied(outlines) : polygonsWithoutHoles(truth);
    if (!sameMask(truth, rleFromPolygons(written, height, width))) changedMasks += 1;
    for (const outline of written) {
      const numbers = outline.map((value, index) => part(value, index % 2 === 0 ? width : height));
      lines.get(imageId)?.push(`${number} ${numbers.join(' ')}\n`);
    }
  }
  const folders = new Set<string>();
  const targets: { imageId: number; to: string }[] = [];
  for (const image of release.images) {
    const { split, file } = placed(image);
    folders.add(split);
    targets.push({ imageId: image.id, to: `images/${split}/${file}` });
    const label = join(folder, 'labels', split, file.replace(/\.[^./]+$/, '.txt'));
    await mkdir(dirname(label), { recursive: true });
    await writeFile(label, lines.get(image.id)?.join('') ?? '');
  }
  const paths = Object.fromEntries([...folders].map((split) => [split === 'valid' ? 'val' : split, `images/${split}`]));
  // Trainers refuse a file without `train` and `val`, even where there is one split only.
  const [only] = Object.values(paths);
  const data = { path: '.', train: paths.train ?? only, val: paths.val ?? paths.train ?? only, ...paths, names };
  await writeFileAtomic(join(folder, 'data.yaml'), stringify(data));
  return { images: targets, boxesOnly, crowds, changedMasks, parted };
}
