import { add, attention, layer, permute, reshape, type Scope, select, type Value } from '../engine/index.js';
import { linearLayer } from './linearLayer.js';
import { relativePositionBias } from './relativePositionBias.js';

/**
 * Multi-head self-attention within windows (Swin, section 3.2): [B, windows, w^2, C] -> the same.
 * Parameters: `qkv`, `proj`, `relative_position_bias_table`.
 * @param mask [windows, w^2, w^2] added to the logits of shifted windows, or null
 */
export const windowAttention = layer(
  (scope: Scope, x: Value, options: { window: number; heads: number; mask: Value | null }): Value => {
    const { window, heads, mask } = options;
    const [batch, windows, area, channels] = x.shape;
    const headWidth = channels / heads;
    const qkv = linearLayer(scope.child('qkv'), x, { width: 3 * channels }); // [B, windows, w^2, 3 C]
    const split = reshape(qkv, [batch, windows, area, 3, heads, headWidth]);
    const parts = permute(split, [3, 0, 1, 4, 2, 5]); // [3, B, windows, K, w^2, C / K]
    const bias = relativePositionBias(scope, window, heads); // [K, w^2, w^2]
    const attended = attention(select(parts, 0, 0), select(parts, 0, 1), select(parts, 0, 2), {
      scale: headWidth ** -0.5,
      bias: mask ? add(bias, reshape(mask, [windows, 1, area, area])) : bias,
      fused: !scope.training,
    }); // [B, windows, K, w^2, C / K]
    const joined = reshape(permute(attended, [0, 1, 3, 2, 4]), [batch, windows, area, channels]);
    return linearLayer(scope.child('proj'), joined, { width: channels });
  },
);
