import { UserError } from '../errors/index.js';
import { emptyRle, encodeRle, type Rle } from '../masks/index.js';
import type { Checkpoint } from '../weights/index.js';
import { encodeBatch } from './encodeBatch.js';
import type { PicturePredictor } from './picturePredictor.js';
import type { Prediction } from './predictor.js';
import type { PreparedImage } from './preparedImage.js';
import { logitOf, probabilityOf } from './probability.js';
import { maskOfMargins, resizeMargins } from './resizeMargins.js';
import { predictViews, type ViewCount } from './views.js';
import { type ImageWindow, windowWeight } from './windows.js';

/** What a model says about one sentence, before it is told to anyone. */
export interface RawSegmentation {
  readonly mask: Rle;
  readonly found: boolean;
  /** Probability that there is a target. */
  readonly score: number;
  readonly unknownWords: readonly string[];
  readonly truncated: boolean;
}

export interface SegmentSettings {
  /** Probability from which a pixel is object. */
  readonly threshold: number;
  /** Probability below which the answer is nothing. */
  readonly existsThreshold: number;
  /** How often each window is seen, mirrored and turned with the words; 1 when left out. */
  readonly views?: ViewCount;
  readonly signal?: AbortSignal;
}

/** What a sentence is read with. */
export type Reader = Pick<Checkpoint, 'model' | 'tokenizer' | 'seenWords'>;

/** Adds a window's margins to the picture's, weighted by the distance from the window's border. */
function blend(
  sum: Float32Array,
  weights: Float32Array,
  width: number,
  window: ImageWindow,
  margins: Float32Array,
): void {
  for (let row = 0; row < window.height; row++) {
    const vertical = windowWeight(row, window.height);
    for (let column = 0; column < window.width; column++) {
      const weight = vertical * windowWeight(column, window.width);
      const place = (window.y + row) * width + window.x + column;
      sum[place] += weight * margins[row * window.width + column];
      weights[place] += weight;
    }
  }
}

/** Refuses answers that would pass for "nothing": comparing with what is not a number is always false. */
function checkAnswer({ margins, exists }: Prediction, sentence: string): void {
  if (margins.every(Number.isFinite) && (exists === null || exists.every(Number.isFinite))) return;
  throw new UserError(
    `${JSON.stringify(sentence)}: the model gives what is not a number: its weights are far too large (a training that went astray?); take another checkpoint`,
  );
}

/**
 * Segments a prepared picture by one sentence. In windows, one that finds no target adds a clear background, so that
 * the others decide; there is a target when any window finds one. Throws a UserError when an answer is not a number.
 */
export async function segmentPrepared(
  { model, tokenizer, seenWords }: Reader,
  predictor: Pick<PicturePredictor, 'predict'>,
  image: PreparedImage,
  sentence: string,
  settings: SegmentSettings,
): Promise<RawSegmentation> {
  const { width, height, windows } = image;
  const { threshold, existsThreshold, views = 1, signal } = settings;
  const { maxWords } = model.config;
  const encoded = encodeBatch(tokenizer, [sentence], maxWords, { seenWords: seenWords ?? undefined });
  const single = windows.length === 1;
  const sum = new Float32Array(single ? 0 : width * height);
  const weights = new Float32Array(single ? 0 : width * height);
  let margins: Float32Array = sum;
  let highest = 0;
  for (const [index, window] of windows.entries()) {
    signal?.throwIfAborted();
    const prediction = await predictViews([sentence], views, async (turn, words) => {
      const features = await image.features(index, turn, signal);
      const { ids, wordMask } = turn === null ? encoded : encodeBatch(tokenizer, words, maxWords);
      return predictor.predict(features, ids, wordMask, signal);
    });
    checkAnswer(prediction, sentence);
    const { margins: cells, marginHeight, marginWidth, alignCorners, exists } = prediction;
    const size = [window.height, window.width] as const;
    const own = resizeMargins(cells, [marginHeight, marginWidth], size, alignCorners);
    // A model without a head for "nothing" is as sure of a target as of its surest pixel.
    const score = probabilityOf(
      exists === null ? own.reduce((most, margin) => Math.max(most, margin), -50) : exists[0],
    );
    highest = Math.max(highest, score);
    if (single) margins = own;
    else {
      if (score < existsThreshold) own.fill(Math.min(-4, logitOf(threshold) - 4));
      blend(sum, weights, width, window, own);
    }
  }
  if (!single) for (let place = 0; place < sum.length; place++) sum[place] /= weights[place];
  const mask = encodeRle(maskOfMargins(margins, logitOf(threshold)), height, width);
  const found = highest >= existsThreshold && mask.counts.length > 1;
  return {
    mask: found ? mask : emptyRle(height, width),
    found,
    score: highest,
    unknownWords: encoded.unknownWords[0],
    truncated: encoded.truncated[0],
  };
}
