import { constantGather, layer, permute, type Scope, type Value } from '../engine/index.js';
import { transformerWeights } from './linearLayer.js';

/**
 * Row of the bias table for each (query, key) of a window, row-major [w^2, w^2]:
 * (i1 - i2 + w - 1)(2w - 1) + (j1 - j2 + w - 1) (Liu et al. 2021, Swin Transformer).
 */
export function relativePositionIndex(window: number): Int32Array {
  const area = window * window;
  const index = new Int32Array(area * area);
  for (let query = 0; query < area; query++) {
    for (let key = 0; key < area; key++) {
      const rows = Math.floor(query / window) - Math.floor(key / window) + window - 1;
      const columns = (query % window) - (key % window) + window - 1;
      index[query * area + key] = rows * (2 * window - 1) + columns;
    }
  }
  return index;
}

/** Bias of each head by relative position: [K, w^2, w^2]. Parameter: `relative_position_bias_table` [(2w - 1)^2, K]. */
export const relativePositionBias = layer((scope: Scope, window: number, heads: number): Value => {
  const rows = (2 * window - 1) ** 2;
  const table = scope.parameter('relative_position_bias_table', [rows, heads], transformerWeights);
  const area = window * window;
  // [w^2, w^2, K] -> [K, w^2, w^2]
  return permute(constantGather(table, 0, relativePositionIndex(window), [area, area]), [2, 0, 1]);
});
