import { attention, layer, permute, reshape, type Scope, type Value } from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';

/**
 * Multi-head attention of one set of tokens over another (Vaswani et al. 2017). Parameters: `query`, `key`, `value`,
 * `proj`.
 * @param queries [B, N, C]
 * @param sources [B, M, D]
 * @param options.hidden added to the logits, broadcast over [B, K, N, M]: large negative values hide padding
 * @returns [B, N, width]
 */
export const multiHeadAttention = layer(
  (
    scope: Scope,
    queries: Value,
    sources: Value,
    options: { width: number; heads: number; hidden?: Value | null; outWidth?: number },
  ): Value => {
    const { width, heads, hidden = null, outWidth = width } = options;
    const headWidth = width / heads;
    const toHeads = (name: string, tokens: Value): Value => {
      const [batch, count] = tokens.shape;
      const projected = linearLayer(scope.child(name), tokens, { width });
      return permute(reshape(projected, [batch, count, heads, headWidth]), [0, 2, 1, 3]); // [B, K, count, width / K]
    };
    const attended = attention(toHeads('query', queries), toHeads('key', sources), toHeads('value', sources), {
      scale: headWidth ** -0.5,
      bias: hidden,
      fused: !scope.training,
    });
    const [batch, count] = queries.shape;
    const joined = reshape(permute(attended, [0, 2, 1, 3]), [batch, count, width]);
    return linearLayer(scope.child('proj'), joined, { width: outWidth });
  },
);

/** The most heads, up to `wanted`, that a width divides into. */
export function fittingHeads(width: number, wanted: number): number {
  let heads = Math.min(wanted, width);
  while (width % heads !== 0) heads -= 1;
  return heads;
}
