import { apply, type Operator } from '../operator.js';
import { elementCount, type Value } from '../value.js';
import { add, mul, sub } from './arithmetic.js';
import { broadcastShapes, requireType } from './broadcast.js';
import { expand, reshape } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';
import { softmax } from './softmax.js';

export interface AttentionOptions {
  /** Factor on the products of queries and keys; 1 / sqrt(D) by default. */
  readonly scale?: number;
  /** Added to the logits; broadcasts over [..., N, M]. */
  readonly bias?: Value | null;
  /** One node instead of four: up to a fifth faster without a gradient; with one, the probabilities are computed twice. */
  readonly fused?: boolean;
}

const probabilities = (q: Value, k: Value, bias: Value | null | undefined, scale: number): Value => {
  const products = matmul(q, k, { transposeB: true, alpha: scale });
  return softmax(bias ? add(products, bias) : products);
};

export const attentionOperator: Operator<{ scale: number }> = {
  name: 'attention',
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    const [q, k, v, bias] = inputs;
    const [batch, heads, rows, width] = q.shape;
    const [, , keys] = k.shape;
    const fits =
      `${k.shape}` === `${[batch, heads, keys, width]}` && `${v.shape}` === `${[batch, heads, keys, v.shape[3]]}`;
    if (!fits) throw new Error('expected q [B, K, N, D], k [B, K, M, D] and v [B, K, M, E]');
    if (bias && `${broadcastShapes(bias.shape, [batch, heads, rows, keys])}` !== `${[batch, heads, rows, keys]}`) {
      throw new Error(`the bias does not broadcast to [${[batch, heads, rows, keys].join(', ')}]`);
    }
    return [{ type: q.type, shape: [batch, heads, rows, v.shape[3]] }];
  },
  emit: (graph, { attributes: { scale }, inputs, outputs }) =>
    graph.node('Attention', inputs, outputs, { scale: { float: scale } }),
  gradient: ({ attributes: { scale }, inputs: [q, k, v, bias], wanted }, [g]) => {
    const weights = probabilities(q, k, bias, scale);
    const pulled = mul(weights, matmul(g!, v, { transposeB: true }));
    const logits = sub(pulled, mul(weights, sum(pulled, [3], { keep: true })));
    const gradients = [
      wanted(0) ? matmul(logits, k, { alpha: scale }) : null,
      wanted(1) ? matmul(logits, q, { transposeA: true, alpha: scale }) : null,
      wanted(2) ? matmul(weights, g!, { transposeA: true }) : null,
    ];
    return bias ? [...gradients, logits] : gradients;
  },
};

/** A bias over [...lead, N, M] as one over [B, K, N, M], where B stands for all leading axes but the last. */
function foldBias(bias: Value, lead: readonly number[], batch: number, rows: number, keys: number): Value {
  const rank = lead.length + 2;
  const own = [...Array.from({ length: rank - bias.shape.length }, () => 1), ...bias.shape];
  const outer = own.slice(0, Math.max(0, lead.length - 1));
  const heads = lead.length > 0 ? own[lead.length - 1] : 1;
  const isShared = elementCount(outer) === 1;
  const full = expand(reshape(bias, own), [
    ...(isShared ? outer : lead.slice(0, -1)),
    ...own.slice(outer.length, -2),
    rows,
    keys,
  ]);
  return reshape(full, [isShared ? 1 : batch, heads, rows, keys]);
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): softmax(scale q k^T + bias) v.
 * @param q [..., N, D] with any leading axes
 * @param k [..., M, D]
 * @param v [..., M, E]
 * @returns [..., N, E]
 */
export function attention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  const [rows, width] = q.shape.slice(-2);
  const { scale = 1 / Math.sqrt(width), bias, fused = false } = options;
  const lead = q.shape.slice(0, -2);
  const sameLead = [k, v].every(({ shape }) => `${shape.slice(0, -2)}` === `${lead}`);
  if (!fused || !sameLead) return matmul(probabilities(q, k, bias, scale), v);
  const heads = lead[lead.length - 1] ?? 1;
  const batch = elementCount(lead) / heads;
  const fold = (value: Value): Value => reshape(value, [batch, heads, ...value.shape.slice(-2)]);
  const keys = k.shape[k.shape.length - 2];
  const folded = [fold(q), fold(k), fold(v), ...(bias ? [foldBias(bias, lead, batch, rows, keys)] : [])];
  return reshape(apply(attentionOperator, folded, { scale }), [...lead, rows, v.shape[v.shape.length - 1]]);
}
