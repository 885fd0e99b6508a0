import {
  cropImage,
  normalizeImageNet,
  normalizeRgb255,
  type RgbImage,
  resizeBilinearPillow,
} from '../imagery/index.js';
import { coveringWindows, type ImageWindow } from './windows.js';

/** Share of a window that its neighbour covers too. */
const windowOverlap = 0.25;
/** Windows whose inputs are kept for the next sentence (50 MB at 256 px); those of larger pictures are made anew. */
const keptWindows = 64;

/** A picture as the model takes it, window by window. */
export interface PreparedImage {
  readonly width: number;
  readonly height: number;
  readonly windows: readonly ImageWindow[];
  /** float32 [3, S, S] of one window, normalised. */
  input(index: number): Float32Array;
}

/**
 * Cuts a picture into windows, each resized to the model's input and normalised when it is asked for: what does not
 * depend on the sentence, done once for many.
 * @param options.windowPx side of the windows; null takes the whole picture as one
 */
export function prepareImage(
  image: RgbImage,
  options: { sizePx: number; pixels: 'imagenet' | 'unit'; windowPx: number | null },
): PreparedImage {
  const { sizePx, pixels, windowPx } = options;
  const { width, height } = image;
  const windows =
    windowPx === null ? [{ x: 0, y: 0, width, height }] : coveringWindows(width, height, windowPx, windowOverlap);
  const normalise = pixels === 'unit' ? normalizeRgb255 : normalizeImageNet;
  const kept = new Map<number, Float32Array>();
  return {
    width,
    height,
    windows,
    input(index) {
      const known = kept.get(index);
      if (known) return known;
      const window = windows[index];
      const part = windows.length === 1 ? image : cropImage(image, [window.x, window.y, window.width, window.height]);
      const input = new Float32Array(3 * sizePx * sizePx);
      normalise(resizeBilinearPillow(part, sizePx, sizePx), input);
      if (windows.length <= keptWindows) kept.set(index, input);
      return input;
    },
  };
}
