import { add, layer, mul, type Scope, sigmoid, split, type Value, zeros } from '../../engine/index.js';
import { convolutionLayer } from '../../nn/index.js';

/** A gate and an addition for so many channels, told from what a scale has learned; they begin at none: [B, 2 C, h, w]. */
export const gateAndAddition = layer(
  (scope: Scope, learned: Value, channels: number): Value =>
    convolutionLayer(scope, learned, { width: 2 * channels, kernel: 1, padding: 0, weights: zeros, biases: zeros }),
);

/**
 * A map that goes through its gate, with its addition: [B, C, H, W] -> the same.
 * @param both see gateAndAddition, at the map's size [B, 2 C, H, W]
 */
export function gatedMap(map: Value, both: Value): Value {
  const [, channels] = map.shape;
  const [gate, addition] = split(both, 1, [channels, channels]);
  return add(mul(map, mul(sigmoid(gate), 2)), addition);
}
