import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors/index.js';
import { writeFolderAtomic } from '../files/index.js';
import type { ProgressStream } from '../progress/index.js';
import { explainFileError } from './fileProblem.js';
import { namesIn, whatIs } from './layout.js';
import { type ImagePlacing, type PlacedImage, placeImages } from './placeImages.js';
import { noTargetCategory, type Release } from './release.js';
import { releaseFromDataset } from './releaseFromDataset.js';
import { checkReleaseNames } from './releaseNames.js';
import { type Dataset, imagePath } from './sample.js';
import { normaliseSentence } from './sentence.js';
import { writeCoco } from './writeCoco.js';
import { writeGrefcoco } from './writeGrefcoco.js';
import { writeNwpuRefer } from './writeNwpuRefer.js';
import { writeRefsegrs } from './writeRefsegrs.js';
import { writeYolo } from './writeYolo.js';

/** Formats that can be written. */
export const writableFormats = ['nwpu-refer', 'grefcoco', 'coco', 'refsegrs', 'yolo'] as const;

export type WritableFormat = (typeof writableFormats)[number];

export interface ConvertOptions {
  readonly to: WritableFormat;
  /** The new folder; it must not exist, or be empty. */
  readonly out: string;
  readonly images: ImagePlacing;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressStream;
}

/** What was written, and what the format cannot hold. */
export interface ConvertReport {
  readonly format: WritableFormat;
  readonly out: string;
  readonly images: number;
  readonly annotations: number;
  readonly references: number;
  readonly sentences: number;
  /** Each thing that the format cannot hold, with how many there were. */
  readonly notHeld: readonly { readonly what: string; readonly count: number }[];
  /** Other things worth saying: annotations made from masks, pictures copied where no link can be. */
  readonly notes: readonly { readonly what: string; readonly count: number }[];
}

/** Throws a UserError when a folder for a new release holds something already. */
export async function refuseOverwrite(out: string): Promise<void> {
  const what = await whatIs(out);
  if (what === 'file') throw new UserError(`${out}: a file has this name; choose another folder`);
  if (what === 'folder' && (await namesIn(out)).length > 0) {
    throw new UserError(
      `${out}: the folder is not empty, and nothing is overwritten; choose another or remove it first`,
    );
  }
}

interface Written {
  /** Pictures by image id with their places below the new release. */
  readonly places: readonly { readonly imageId: number; readonly to: string }[];
  readonly notHeld: readonly { readonly what: string; readonly count: number }[];
}

const sentenceCount = ({ references }: Release): number =>
  references.reduce((sum, { sentences }) => sum + sentences.length, 0);

const inFolder = (release: Release, folder: string): Written['places'] =>
  release.images.map(({ id, file }) => ({ imageId: id, to: `${folder}/${file}` }));

/** Sentences that NWPU-Refer reads as one, since they share image, split and words: all but the first of each group. */
function mergedSentences({ references }: Release): number {
  const seen = new Set<string>();
  let merged = 0;
  for (const { imageId, split, sentences } of references) {
    for (const { raw, sentence } of sentences) {
      const key = `${imageId}\n${split}\n${sentence ?? normaliseSentence(raw)}`;
      if (seen.has(key)) merged += 1;
      seen.add(key);
    }
  }
  return merged;
}

function absentSentences(release: Release): Written['notHeld'] {
  return [
    { what: 'sentences', count: sentenceCount(release) },
    { what: 'splits of references', count: new Set(release.references.map(({ split }) => split)).size },
    {
      what: 'references to nothing',
      count: release.references.filter(({ annotationIds }) => annotationIds.length === 0).length,
    },
  ];
}

const writers: Record<WritableFormat, (folder: string, release: Release, options: ConvertOptions) => Promise<Written>> =
  {
    async 'nwpu-refer'(folder, release) {
      await writeNwpuRefer(folder, release);
      const merged = mergedSentences(release);
      const what = 'sentences that repeat another of the same image and split (read as one)';
      return { places: inFolder(release, 'image'), notHeld: [{ what, count: merged }] };
    },
    async grefcoco(folder, release) {
      await writeGrefcoco(folder, release);
      return { places: inFolder(release, 'images/train2014'), notHeld: [] };
    },
    async coco(folder, release) {
      await writeCoco(folder, release);
      return { places: inFolder(release, 'images'), notHeld: absentSentences(release) };
    },
    async refsegrs(folder, release, options) {
      const places = await writeRefsegrs(folder, release, options);
      const referred = new Set(release.references.flatMap(({ annotationIds }) => annotationIds));
      const pictured = new Set(places.map(({ imageId }) => imageId));
      const { references, annotations, images } = release;
      const count = (what: string, of: number): { what: string; count: number } => ({ what, count: of });
      return {
        places,
        notHeld: [
          count('annotation ids and boxes', annotations.length),
          count(
            'annotations that no sentence names',
            annotations.filter(({ id, category }) => !referred.has(id) && category !== noTargetCategory).length,
          ),
          count('categories of references', references.filter(({ annotationIds }) => annotationIds.length > 0).length),
          count(
            'references to several things (one mask, read as single)',
            references.filter(({ annotationIds }) => annotationIds.length > 1).length,
          ),
          count('pictures without sentences', images.length - pictured.size),
          count('pictures that stand for several references (one name each)', places.length - pictured.size),
          count(
            'outlines (kept as pixels)',
            annotations.filter(({ id, polygons }) => referred.has(id) && polygons).length,
          ),
        ],
      };
    },
    async yolo(folder, release) {
      const { images, boxesOnly, crowds, changedMasks, parted } = await writeYolo(folder, release);
      return {
        places: images,
        notHeld: [
          ...absentSentences(release).filter(({ what }) => what !== 'splits of references'),
          { what: 'ids of images and annotations', count: release.images.length + release.annotations.length },
          { what: 'things with a box only (left out)', count: boxesOnly },
          { what: 'crowd marks', count: crowds },
          { what: 'things of several parts (a line each)', count: parted },
          { what: 'masks whose outline fills to other pixels', count: changedMasks },
        ],
      };
    },
  };

/**
 * Writes a release in a format: annotations, then the pictures, linked or copied. The folder appears whole or not at
 * all. `sources` gives the file of each image. Throws a UserError when `out` holds something, a picture is missing, a
 * name leads out of the folder, or the release cannot be said in the format.
 */
export async function writeRelease(
  release: Release,
  sources: ReadonlyMap<number, string>,
  options: ConvertOptions,
): Promise<ConvertReport> {
  const { to, out } = options;
  checkReleaseNames(release);
  await refuseOverwrite(out);
  let written: Written | undefined;
  let copied = 0;
  try {
    await writeFolderAtomic(out, async (temporary) => {
      options.signal?.throwIfAborted();
      written = await writers[to](temporary, release, options);
      const images: PlacedImage[] = written.places.map(({ imageId, to: place }) => ({
        imageId,
        to: place,
        from: sources.get(imageId) ?? '',
      }));
      if (options.images === 'none') {
        for (const folder of new Set(images.map((image) => dirname(image.to))))
          await mkdir(join(temporary, folder), { recursive: true });
      }
      copied = await placeImages(temporary, images, options.images, options);
    });
  } catch (error) {
    throw explainFileError(error, out, 'write');
  }
  return {
    format: to,
    out,
    images: release.images.length,
    annotations: release.annotations.length,
    references: release.references.length,
    sentences: sentenceCount(release),
    notHeld: (written?.notHeld ?? []).filter(({ count }) => count > 0),
    notes: copied > 0 ? [{ what: 'pictures copied, since they lie on another disk', count: copied }] : [],
  };
}

/** The files of a dataset's pictures by image id. */
export function imageSources(dataset: Dataset): Map<number, string> {
  return new Map(dataset.images.map((image) => [image.id, imagePath(dataset, image)]));
}

/** The format in which a changed dataset is written when the user names none: its own, else one that holds all. */
export function ownFormat({ format }: Dataset): WritableFormat {
  if (format === 'risbench') return 'refsegrs';
  return writableFormats.find((name) => name === format) ?? 'grefcoco';
}

/** Writes a dataset in another format, and says what that format cannot hold. Throws as `writeRelease` does. */
export async function convertDataset(
  dataset: Dataset,
  options: ConvertOptions,
  change: (release: Release) => Release = (release) => release,
): Promise<ConvertReport> {
  await refuseOverwrite(options.out);
  const { release, madeAnnotations } = releaseFromDataset(dataset);
  const report = await writeRelease(change(release), imageSources(dataset), options);
  const made = { what: 'annotations made from masks of sentences', count: madeAnnotations };
  return madeAnnotations > 0 && options.to !== 'refsegrs' ? { ...report, notes: [made, ...report.notes] } : report;
}
