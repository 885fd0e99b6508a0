import type { Rle } from '../masks/index.js';

/** A picture as a writer takes it. */
export interface ReleaseImage {
  readonly id: number;
  /** Path below the release's image folder, with forward slashes. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/** An annotated thing as a writer takes it: with `polygons` or `rle`, or with a box only. */
export interface ReleaseAnnotation {
  readonly id: number;
  readonly imageId: number;
  readonly category: string;
  /** Outlines, each flat x, y in pixels; several are one union. */
  readonly polygons?: readonly (readonly number[])[];
  /** The mask in runs, at the image's size; used where there are no polygons. */
  readonly rle?: Rle;
  /** x, y, width, height in pixels; computed from the mask where left out. */
  readonly boxXywh?: readonly [number, number, number, number];
  /** Pixels; computed from the mask where left out. */
  readonly areaPx?: number;
  readonly isCrowd?: boolean;
}

/** A sentence as a writer takes it. */
export interface ReleaseSentence {
  readonly raw: string;
  /** The normalised sentence; made from `raw` where left out. */
  readonly sentence?: string;
  readonly sentenceId?: number;
}

/** What one or several sentences mean in one picture. */
export interface ReleaseReference {
  readonly refId?: number;
  readonly imageId: number;
  readonly split: string;
  /** The annotations meant; none for a sentence that names nothing in the picture. */
  readonly annotationIds: readonly number[];
  /** The category of the whole; that of the first annotation where left out. */
  readonly category?: string;
  readonly sentences: readonly ReleaseSentence[];
}

/** A release as plain objects: what every writer takes. */
export interface Release {
  readonly images: readonly ReleaseImage[];
  readonly annotations: readonly ReleaseAnnotation[];
  readonly references: readonly ReleaseReference[];
  /** Names with their ids, in order; the categories met, numbered from 1, where left out. */
  readonly categories?: readonly { readonly id: number; readonly name: string }[];
  /** The split of images that no reference places, for formats that split images. */
  readonly imageSplits?: ReadonlyMap<number, string>;
  /** Becomes `info` of the annotations file. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** The category that marks a non-object expression in NWPU-Refer. */
export const noTargetCategory = 'no target';
