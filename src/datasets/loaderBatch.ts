import type { PlacedSample } from './loaderEpochSamples.js';
import type { LoaderSettings } from './loaderOptions.js';
import type { Sample } from './sample.js';

/** A batch for the model. B is the number of samples, H = W = sizePx. */
export interface Batch {
  readonly epoch: number;
  /** Place in the epoch. */
  readonly index: number;
  /** float32 [B, 3, H, W], normalised; empty with `normalise: 'none'`. */
  readonly images: Float32Array;
  /** uint8 [B, H, W, 3] with `normalise: 'none'`, else empty. */
  readonly pixels: Uint8Array;
  /** uint8 [B, H, W], 0 or 1. */
  readonly masks: Uint8Array;
  /**
   * uint8 [B, h, w] as LoaderOptions.classMaps asks, else null: 0 where nothing is annotated, 1 + place among the
   * classes, 255 where nothing is known (things with a box only).
   */
  readonly classMaps: Uint8Array | null;
  /** The sentences, normalised, rewritten where the picture was flipped or turned. */
  readonly sentences: readonly string[];
  readonly samples: readonly Sample[];
}

/** Puts samples side by side as a batch: `index` is its place in the epoch. */
export function collateBatch(
  ready: readonly PlacedSample[],
  { epoch, index }: { readonly epoch: number; readonly index: number },
  { sizePx, normalise, classMaps: { sizePx: classMapPx } }: Pick<LoaderSettings, 'sizePx' | 'normalise' | 'classMaps'>,
): Batch {
  const area = sizePx * sizePx;
  const numbers = ready.length * 3 * area;
  const images = new Float32Array(normalise === 'none' ? 0 : numbers);
  const pixels = new Uint8Array(normalise === 'none' ? numbers : 0);
  const pictures = normalise === 'none' ? pixels : images;
  const masks = new Uint8Array(ready.length * area);
  const classMapArea = classMapPx * classMapPx;
  const classMaps = classMapPx > 0 ? new Uint8Array(ready.length * classMapArea) : null;
  ready.forEach(({ prepared }, place) => {
    pictures.set(prepared.image, place * 3 * area);
    masks.set(prepared.mask, place * area);
    if (prepared.classMap) classMaps?.set(prepared.classMap, place * classMapArea);
  });
  const sentences = ready.map(({ prepared }) => prepared.sentence);
  return { epoch, index, images, pixels, masks, classMaps, sentences, samples: ready.map(({ sample }) => sample) };
}
