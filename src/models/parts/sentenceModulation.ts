import { add, gelu, layer, mul, reshape, type Scope, slice, type Value } from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';

/**
 * Channels that a sentence scales and shifts, then GELU (FiLM, Perez et al. 2018): what "left" asks of a map is another
 * channel than what "ship" does.
 * @param x maps [B, C, h, w], or tokens [B, N, C]
 * @param sentence [B, D]
 * @param axis of the channels: 1 of maps, 2 of tokens
 */
export const sentenceModulation = layer((scope: Scope, x: Value, sentence: Value, axis: 1 | 2): Value => {
  const width = x.shape[axis];
  const both = linearLayer(scope, sentence, { width: 2 * width });
  const shape = x.shape.map((size, at) => (at === 0 || at === axis ? size : 1));
  const part = (which: number): Value => reshape(slice(both, 1, which * width, width), shape);
  return gelu(add(mul(x, add(part(0), 1)), part(1)));
});
