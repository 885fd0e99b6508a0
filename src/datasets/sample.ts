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
  /** The instance's mask, decoded when called; throws a UserError where there is a box only. */
  mask(): Rle;
}

/** An opened release. */
export interface Dataset {
  /** `nwpu-refer`, `rrsis-d`, `refsegrs`, `risbench`, `refcoco`, `grefcoco`, `aerial-d`, `coco`. */
  readonly format: string;
  /** The folder that was opened. */
  readonly root: string;
  /** Folder that the images' paths start from. */
  readonly imageFolder: string;
  /** The annotation files that were chosen, relative to root. */
  readonly files: readonly string[];
  readonly images: readonly DatasetImage[];
  readonly annotations: readonly Annotation[];
  readonly samples: readonly Sample[];
  readonly categories: readonly string[];
}
