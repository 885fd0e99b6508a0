import {
  cropImage,
  normalizeImageNet,
  normalizeRgb255,
  type RgbImage,
  resizeBilinearPillow,
} from '../imagery/index.js';
import type { PictureFeatures, PicturePredictor } from './picturePredictor.js';
import { turnPlanes, type ViewTurn } from './views.js';
import { coveringWindows, type ImageWindow } from './windows.js';

/** Share of a window that its neighbour covers too. */
const windowOverlap = 0.25;
/** Memory for what the network has seen of a picture; windows beyond it are seen anew for each sentence. */
const keptBytes = 256e6;

/** A picture as the model takes it, window by window. */
export interface PreparedImage {
  readonly width: number;
  readonly height: number;
  readonly windows: readonly ImageWindow[];
  /** What the network has seen of one window, in one of its views, before any word. */
  features(index: number, turn: ViewTurn, signal?: AbortSignal): Promise<PictureFeatures>;
}

const bytesOf = (features: PictureFeatures): number =>
  [...features.values()].reduce((sum, { data }) => sum + data.byteLength, 0);

/**
 * Cuts a picture into windows; each is resized to the model's input, normalised and seen by the network when it is first
 * asked for: what does not depend on the sentence, done once for many.
 * @param options.windowPx side of the windows; null takes the whole picture as one
 */
export function prepareImage(
  image: RgbImage,
  options: {
    pixels: 'imagenet' | 'unit';
    windowPx: number | null;
    predictor: Pick<PicturePredictor, 'sizePx' | 'encode'>;
  },
): PreparedImage {
  const { pixels, windowPx, predictor } = options;
  const { width, height } = image;
  const { sizePx } = predictor;
  const windows =
    windowPx === null ? [{ x: 0, y: 0, width, height }] : coveringWindows(width, height, windowPx, windowOverlap);
  const normalise = pixels === 'unit' ? normalizeRgb255 : normalizeImageNet;
  const kept = new Map<string, PictureFeatures>();
  let bytes = 0;
  return {
    width,
    height,
    windows,
    async features(index, turn, signal) {
      const view = `${index} ${turn}`;
      const known = kept.get(view);
      if (known) return known;
      const window = windows[index];
      const part = windows.length === 1 ? image : cropImage(image, [window.x, window.y, window.width, window.height]);
      const input = new Float32Array(3 * sizePx * sizePx);
      normalise(resizeBilinearPillow(part, sizePx, sizePx), input);
      const features = await predictor.encode(turnPlanes(input, sizePx, sizePx, turn), signal);
      const added = bytesOf(features);
      if (bytes + added <= keptBytes) {
        kept.set(view, features);
        bytes += added;
      }
      return features;
    },
  };
}
