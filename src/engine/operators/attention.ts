import type { Value } from '../value.js';
import { add } from './arithmetic.js';
import { matmul } from './matmul.js';
import { softmax } from './reduction.js';

export interface AttentionOptions {
  /** Factor on the products of queries and keys; 1 / sqrt(D) by default. */
  readonly scale?: number;
  /** Added to the logits; broadcasts over [..., N, M]. */
  readonly bias?: Value | null;
  /** One fused node instead of four: faster where no gradient is needed. */
  readonly fused?: boolean;
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): softmax(scale q k^T + bias) v.
 * @param q [..., N, D] with any leading axes
 * @param k [..., M, D]
 * @param v [..., M, E]
 * @returns [..., N, E]
 */
export function attention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  const width = q.shape[q.shape.length - 1];
  const { scale = 1 / Math.sqrt(width), bias } = options;
  const products = matmul(q, k, { transposeB: true, alpha: scale });
  return matmul(softmax(bias ? add(products, bias) : products), v);
}
