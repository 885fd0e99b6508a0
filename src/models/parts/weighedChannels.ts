import { matmul, reshape, type Value } from '../../engine/index.js';

/** The sum of all channels of a map [B, C, h, w] by weights [B, C] -> [B, 1, h, w]. */
export function weighedChannels(map: Value, weights: Value): Value {
  const [batch, channels, height, width] = map.shape;
  const summed = matmul(reshape(weights, [batch, 1, channels]), reshape(map, [batch, channels, height * width]));
  return reshape(summed, [batch, 1, height, width]);
}
