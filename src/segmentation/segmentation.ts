import type { MaskPolygon, Rle } from '../masks/index.js';
import type { Detail } from './detail.js';
import type { ViewCount } from './views.js';

export interface SegmentOptions {
  /** Probability from which a pixel is object; 0.5 by default. */
  readonly threshold?: number;
  /** Probability of a target below which the answer is "nothing"; 0.5 by default. */
  readonly existsThreshold?: number;
  /**
   * `whole` resizes the picture to the model's input, `tiles` keeps its detail by overlapping windows. `auto`, the
   * default, takes windows for a picture of more than four inputs along a side, unless the sentence names a place or
   * an order in the whole picture.
   */
  readonly detail?: Detail;
  /**
   * How often the picture is seen: 1, the default, as it is; 2 mirrored, too; 4 also upside down and turned by half. The
   * words are turned with it and the answers averaged: better, and as many times as long.
   */
  readonly views?: ViewCount;
  /** Ends the work before its next window; what was asked is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The answer to one sentence: plain data, which `postMessage` and `JSON.stringify` take as it is. */
export interface Segmentation {
  readonly sentence: string;
  /** Whether there is a target: the score reaches `existsThreshold` and a pixel reaches `threshold`. */
  readonly found: boolean;
  /**
   * Probability that there is a target, the highest of all windows. A model without a head for "nothing" gives that of
   * its surest pixel.
   */
  readonly score: number;
  /** Pixels of the mask. */
  readonly area: number;
  /** x, y, width, height in pixels; null when nothing was found. */
  readonly box: readonly [number, number, number, number] | null;
  /** The mask as COCO's compressed run-length text, `size` being [height, width]. */
  readonly rle: { readonly size: readonly [number, number]; readonly counts: string };
  /** The mask at the picture's own size. */
  readonly mask: Rle;
  /** Outlines along pixel edges, outer ones with their holes; made when first read. */
  readonly polygons: readonly MaskPolygon[];
  /** Words that the model was never trained on: "not there" and "not understood" differ. */
  readonly unknownWords: readonly string[];
  /** Whether the sentence was longer than the model reads. */
  readonly truncated: boolean;
  /** How many windows the picture was shown in; 1 is the whole. */
  readonly windows: number;
  /** Time of this sentence, without decoding; the first of a picture prepares it for the others. */
  readonly milliseconds: number;
  /** Name of the model. */
  readonly model: string;
}
