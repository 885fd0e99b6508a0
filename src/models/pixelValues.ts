import { add, constant, mul, type Value } from '../engine/index.js';

/** Mean and deviation of ImageNet's pixels by band, of values from 0 to 1: what `pixels: 'imagenet'` normalises by. */
export const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

/** The values of an image [B, 3, H, W] before they were normalised, 0 to 1. */
export function unitValues(image: Value, pixels: 'imagenet' | 'unit'): Value {
  if (pixels === 'unit') return image;
  return add(mul(image, constant(imageNet.deviation, [1, 3, 1, 1])), constant(imageNet.mean, [1, 3, 1, 1]));
}
