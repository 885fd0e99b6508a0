import { join } from 'node:path';
import type { Rle } from '../masks/index.js';

/** What a sentence refers to: one object, several, or nothing. */
export type Kind = 'single' | 'multi' | 'none';

/** The language of a sentence: `zh` when it holds Chinese characters, else `en`. */
export type Language = 'en' | 'zh';

/** A picture of a dataset. */
export interface DatasetImage {
  /** The release's own id; made from the order of the files where the release has none. */
  readonly id: number;
  /** Path below the dataset's image folder, with forward slashes. */
  readonly file: string;
  /** Size in pixels as the annotations state it (or the file's, where they are silent). */
  readonly width: number;
  readonly height: number;
  /** Where the file does not lie in the dataset's image folder (Aerial-D has one a split): its folder, below `root`. */
  readonly folder?: string;
}

/** One sentence about one picture, with the mask of what it means: the same type for every release. */
export interface Sample {
  /** Unique within the dataset and stable between runs. */
  readonly id: string;
  readonly image: DatasetImage;
  readonly split: string;
  /** The sentence as the release writes it. */
  readonly raw: string;
  /** The sentence normalised: lower case, single spaces, no outer white space. */
  readonly sentence: string;
  /** Ids of the release, where it has them: of the reference (the lowest of those merged) and of the sentence. */
  readonly refId?: number;
  readonly sentenceId?: number;
  readonly language: Language;
  readonly kind: Kind;
  /** Annotation ids, rising; empty for `none` and for releases that have no ids. */
  readonly targets: readonly number[];
  readonly category: string;
  /** The union of the targets' masks, all zeros for `none`; decoded when called, at the image's stated size. */
  mask(): Rle;
}

/** An annotated thing of a picture, referred to or not. */
export interface Annotation {
  readonly id: number;
  readonly imageId: number;
  readonly category: string;
  /** x, y, width, height in pixels. */
  readonly boxXywh: readonly [number, number, number, number];
  readonly areaPx: number;
  readonly isCrowd: boolean;
  /** False where the release gives a box only. */
  readonly hasMask: boolean;
  /** The outlines as the release gives them, each flat x, y; undefined where it gives runs or a box only. */
  polygons?(): number[][] | undefined;
  /** The instance's mask, decoded when called; throws a UserError where there is a box only. */
  mask(): Rle;
}

/** An opened release. */
export interface Dataset {
  /** `nwpu-refer`, `rrsis-d`, `refsegrs`, `risbench`, `refcoco`, `grefcoco`, `aerial-d`, `coco`. */
  readonly format: string;
  /** The folder that was opened. */
  readonly root: string;
  /** Folder that the images' paths start from; use `imagePath` to find a picture. */
  readonly imageFolder: string;
  /** The annotation files that were chosen, relative to root. */
  readonly files: readonly string[];
  readonly images: readonly DatasetImage[];
  readonly annotations: readonly Annotation[];
  readonly samples: readonly Sample[];
  readonly categories: readonly string[];
  /** The release's ids of `categories`, in the same order; empty or missing where it has none. */
  readonly categoryIds?: readonly number[];
  /** Records left out because they are broken (`faulty: 'skip'`); 0 or missing when every record is there. */
  readonly skipped?: number;
}

/** The file of a picture. */
export function imagePath(dataset: Pick<Dataset, 'root' | 'imageFolder'>, image: DatasetImage): string {
  return join(image.folder === undefined ? dataset.imageFolder : join(dataset.root, image.folder), image.file);
}
