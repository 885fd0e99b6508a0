import { add, cast, constant, mul, permute, type Value } from '../engine/index.js';
import { imageNetMean, imageNetStd } from '../imagery/index.js';

/**
 * Normalises pictures in the graph: value / 255, less ImageNet's mean, divided by its deviation, as normalizeImageNet
 * does (up to rounding); or value / 255 alone.
 * @param pixels uint8 [B, H, W, 3]
 * @returns float32 [B, 3, H, W]
 */
export function imageFromPixels(pixels: Value, how: 'imagenet' | 'unit'): Value {
  const bands = permute(cast(pixels, 'float32'), [0, 3, 1, 2]);
  if (how === 'unit') return mul(bands, 1 / 255);
  const factors = imageNetStd.map((deviation) => 1 / (255 * deviation));
  const shifts = imageNetMean.map((mean, band) => -mean / imageNetStd[band]);
  return add(mul(bands, constant(factors, [1, 3, 1, 1])), constant(shifts, [1, 3, 1, 1]));
}
