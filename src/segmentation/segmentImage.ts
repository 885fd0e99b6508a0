import {
  cropImage,
  normalizeImageNet,
  normalizeRgb255,
  type RgbImage,
  resizeBilinearPillow,
} from '../imagery/index.js';
import { emptyRle, encodeRle, type Rle } from '../masks/index.js';
import type { Checkpoint } from '../weights/index.js';
import { encodeBatch } from './encodeBatch.js';
import type { Predictor } from './predictor.js';
import { maskOfMargins, resizeMargins } from './resizeMargins.js';
import { coveringWindows, type ImageWindow, windowWeight } from './windows.js';

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
  /** Probability below which a model with a no-target head answers nothing. */
  readonly existsThreshold: number;
  /** Windows of this side at full detail instead of the whole picture resized; null resizes. */
  readonly tilePx: number | null;
  readonly signal?: AbortSignal;
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
const logitOf = (probability: number): number => Math.log(probability / (1 - probability));

/** Share of a window that its neighbour covers too. */
const tileOverlap = 0.25;

/** A picture as the model takes it: one input [3, S, S] a window. */
export interface PreparedImage {
  readonly width: number;
  readonly height: number;
  readonly windows: readonly ImageWindow[];
  /** float32 [3, S, S] of each window, normalised. */
  readonly inputs: readonly Float32Array[];
}

/** Cuts, resizes and normalises a picture: what does not depend on the sentence, done once for many. */
export function prepareImage(
  image: RgbImage,
  options: { sizePx: number; pixels: 'imagenet' | 'unit'; tilePx: number | null },
): PreparedImage {
  const { sizePx, pixels, tilePx } = options;
  const { width, height } = image;
  const windows =
    tilePx === null ? [{ x: 0, y: 0, width, height }] : coveringWindows(width, height, tilePx, tileOverlap);
  const normalise = pixels === 'unit' ? normalizeRgb255 : normalizeImageNet;
  const inputs = windows.map((window) => {
    const whole = windows.length === 1 && window.width === width && window.height === height;
    const part = whole ? image : cropImage(image, [window.x, window.y, window.width, window.height]);
    const input = new Float32Array(3 * sizePx * sizePx);
    normalise(resizeBilinearPillow(part, sizePx, sizePx), input);
    return input;
  });
  return { width, height, windows, inputs };
}

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

/**
 * Segments a prepared picture by one sentence. In windows, one that finds no target adds a clear background, so that
 * the others decide; there is a target when any window finds one.
 */
export async function segmentPrepared(
  checkpoint: Checkpoint,
  predictor: Predictor,
  image: PreparedImage,
  sentence: string,
  settings: SegmentSettings,
): Promise<RawSegmentation> {
  const { width, height, windows, inputs } = image;
  const { model, tokenizer, seenWords } = checkpoint;
  const encoded = encodeBatch(tokenizer, [sentence], model.config.maxWords, { seenWords: seenWords ?? undefined });
  const single = windows.length === 1;
  const sum = new Float32Array(single ? 0 : width * height);
  const weights = new Float32Array(single ? 0 : width * height);
  let margins: Float32Array = sum;
  let highest = 0;
  for (const [index, window] of windows.entries()) {
    settings.signal?.throwIfAborted();
    const prediction = await predictor.predict(inputs[index], encoded.ids, encoded.wordMask, settings.signal);
    const { marginHeight, marginWidth, exists } = prediction;
    const own = resizeMargins(prediction.margins, marginHeight, marginWidth, window.height, window.width);
    const score =
      exists === null ? sigmoid(own.reduce((most, margin) => Math.max(most, margin), -50)) : sigmoid(exists[0]);
    highest = Math.max(highest, score);
    if (single) margins = own;
    else {
      if (score < settings.existsThreshold) own.fill(Math.min(-4, logitOf(settings.threshold) - 4));
      blend(sum, weights, width, window, own);
    }
  }
  if (!single) for (let place = 0; place < sum.length; place++) sum[place] /= weights[place];
  const mask = encodeRle(maskOfMargins(margins, logitOf(settings.threshold)), height, width);
  const found = highest >= settings.existsThreshold && mask.counts.length > 1;
  return {
    mask: found ? mask : emptyRle(height, width),
    found,
    score: highest,
    unknownWords: encoded.unknownWords[0],
    truncated: encoded.truncated[0],
  };
}
