import { type Rle, rleArea, rleOverlap, rleResize } from '../masks/index.js';

/**
 * How masks are scored: `rrsis` as LAVT, RMSIN and the remote sensing papers do, `gres` as ReLA and gRefCOCO do.
 * The two give different numbers for the same masks; a report names the one it used.
 */
export type Protocol = 'rrsis' | 'gres';

export const protocols: readonly Protocol[] = ['rrsis', 'gres'];

/** What a sentence refers to: one object, several, or nothing. */
export type ScoredKind = 'single' | 'multi' | 'none';

export const scoredKinds: readonly ScoredKind[] = ['single', 'multi', 'none'];

/** One sentence's prediction and truth, masks of one size. */
export interface ScoredSample {
  readonly kind: ScoredKind;
  readonly category: string;
  /** What the sentence rests on, where that is known. */
  readonly construct?: string;
  readonly predicted: Rle;
  /** Taken for empty where the kind is `none`, whatever it holds. */
  readonly truth: Rle;
}

/** What a protocol makes of one sample. */
export interface SampleScore {
  /** What the sample adds to mIoU or gIoU, 0 to 1. */
  readonly iou: number;
  /** What it adds to oIoU or cIoU. */
  readonly intersectionPx: number;
  readonly unionPx: number;
  /** Whether the prediction counts as an answer; in `gres` one under 50 pixels does not. */
  readonly answered: boolean;
}

/** ReLA has a head that says "no target"; for a model without one, smaller predictions count as empty. */
export const smallestAnswerPx = 50;

/**
 * Scores one sample by a protocol.
 * @throws UserError when a mask is damaged or sizes differ.
 */
export function scoreSample({ kind, predicted, truth }: ScoredSample, protocol: Protocol): SampleScore {
  const overlap = rleOverlap(predicted, truth);
  const predictedPx = rleArea(predicted);
  const intersectionPx = kind === 'none' ? 0 : overlap.intersectionPx;
  const unionPx = kind === 'none' ? predictedPx : overlap.unionPx;
  if (protocol === 'rrsis') {
    const iou = intersectionPx === 0 ? 0 : intersectionPx / unionPx;
    return { iou, intersectionPx, unionPx, answered: predictedPx > 0 };
  }
  const answered = predictedPx >= smallestAnswerPx;
  if (kind === 'none') return { iou: answered ? 0 : 1, intersectionPx: 0, unionPx: answered ? unionPx : 0, answered };
  // A prediction too small to be an answer loses its intersection, and its pixels stay in the union.
  if (!answered) return { iou: 0, intersectionPx: 0, unionPx, answered };
  return { iou: intersectionPx === 0 ? 0 : intersectionPx / unionPx, intersectionPx, unionPx, answered };
}

/** How large a target is, by its pixels in a picture of 480 x 480: below 32 x 32, below 96 x 96, or larger. */
export type TargetSize = 'small' | 'medium' | 'large';

export const targetSizes: readonly TargetSize[] = ['small', 'medium', 'large'];

const sizePicturePx = 480;

/**
 * The size bucket of a target's mask, resized by nearest to 480 x 480 as the protocols do.
 * @throws UserError when the mask is damaged.
 */
export function targetSize(truth: Rle): TargetSize {
  const isThere = truth.height === sizePicturePx && truth.width === sizePicturePx;
  const areaPx = rleArea(isThere ? truth : rleResize(truth, sizePicturePx, sizePicturePx));
  if (areaPx < 32 * 32) return 'small';
  return areaPx < 96 * 96 ? 'medium' : 'large';
}
