import {
  adaptiveAveragePool,
  add,
  attention,
  concat,
  constant,
  layer,
  mul,
  permute,
  reshape,
  resizeBilinear,
  type Scope,
  split,
  sub,
  type Value,
} from '../../engine/index.js';
import {
  layerNormLayer,
  linearLayer,
  mapFromTokens,
  multilayerPerceptron,
  tokensFromMap,
  transformerWeights,
} from '../../nn/index.js';
import type { Words } from './pixelWordAttention.js';
import { gateAndAddition, gatedMap } from './scaleReturn.js';

export interface HierarchicalConfig {
  readonly kind?: 'grid';
  /** Width of the tokens that the scales exchange. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Side of the grid that every scale is pooled to for the exchange. */
  readonly grid: number;
}

/** Sines and cosines of a cell's row and column (Vaswani et al. 2017, in two dimensions): [grid^2, width]. */
function gridPositions(grid: number, width: number): Value {
  const quarter = Math.floor(width / 4);
  const data = new Float32Array(grid * grid * width);
  for (let cell = 0; cell < grid * grid; cell++) {
    const places = [((cell % grid) + 0.5) / grid, (Math.floor(cell / grid) + 0.5) / grid];
    for (const [axis, place] of places.entries()) {
      for (let index = 0; index < quarter; index++) {
        const angle = place * Math.PI * 2 ** ((index * 5) / Math.max(1, quarter - 1));
        data[cell * width + axis * 2 * quarter + index] = Math.sin(angle);
        data[cell * width + (axis * 2 + 1) * quarter + index] = Math.cos(angle);
      }
    }
  }
  return constant(data, [1, grid * grid, width]);
}

/** Pre-norm transformer block over tokens [B, T, D]; `hidden` [B, 1, 1, T] hides padding among them. */
const exchangeBlock = layer((scope: Scope, x: Value, hidden: Value, heads: number): Value => {
  const [batch, count, width] = x.shape;
  const headWidth = width / heads;
  const qkv = linearLayer(scope.child('qkv'), layerNormLayer(scope.child('norm1'), x), { width: 3 * width });
  const parts = permute(reshape(qkv, [batch, count, 3, heads, headWidth]), [2, 0, 3, 1, 4]); // [3, B, K, T, D / K]
  const [query, key, value] = split(parts, 0, [1, 1, 1]).map((part) => reshape(part, [batch, heads, count, headWidth]));
  const attended = attention(query, key, value, { scale: headWidth ** -0.5, bias: hidden, fused: !scope.training });
  const joined = reshape(permute(attended, [0, 2, 1, 3]), [batch, count, width]);
  const mixed = add(x, linearLayer(scope.child('proj'), joined, { width }));
  return add(mixed, multilayerPerceptron(scope.child('mlp'), layerNormLayer(scope.child('norm2'), mixed), 2 * width));
});

/** What the exchange says about a scale comes back to it at its own size. */
const returnToScale = layer((scope: Scope, map: Value, exchanged: Value): Value => {
  const [, channels, height, width] = map.shape;
  // A 1 x 1 convolution and a resize may change places: on the small grid it costs next to nothing.
  const small = gateAndAddition(scope.child('proj'), exchanged, channels);
  return gatedMap(map, resizeBilinear(small, [height, width], { alignCorners: false }));
});

/**
 * Hierarchical Feature Interaction Module (HFIM) of MRSNet in its first form, which the shipped weights have; see `scaleExchange`.
 *
 * The paper's (arXiv 2506.03583): features are exchanged across the four scales while each keeps its own resolution.
 * This project's reconstruction: every scale is pooled to one small grid, its cells become tokens that know their
 * scale and place, all tokens of all scales attend to each other and to the words, and what a scale's tokens have
 * learned returns to it at its own resolution as a gate and an addition. The map itself never passes the small grid.
 * @param features four maps, finest first, each [B, C_i, H_i, W_i]
 * @returns maps of the same shapes
 */
export const hierarchicalFeatureInteraction = layer(
  (scope: Scope, features: readonly Value[], words: Words, config: HierarchicalConfig): Value[] => {
    const { width, grid, heads, layers } = config;
    const [batch, length] = words.states.shape;
    const cells = grid * grid;
    const kinds = scope.parameter('kind_embeddings', [features.length + 1, 1, width], transformerWeights);
    const kindOf = split(
      kinds,
      0,
      Array.from({ length: features.length + 1 }, () => 1),
    );
    const positions = gridPositions(grid, width);
    const scaleTokens = features.map((map, scale) => {
      const { tokens } = tokensFromMap(adaptiveAveragePool(map, [grid, grid])); // [B, S^2, C_i]
      const projected = linearLayer(scope.child('embed').child(String(scale)), tokens, { width });
      return add(add(projected, positions), kindOf[scale]);
    });
    const wordTokens = linearLayer(scope.child('embed').child('words'), words.states, { width });
    let tokens = concat([...scaleTokens, add(wordTokens, kindOf[features.length])], 1); // [B, 4 S^2 + L, D]

    const wordMask = reshape(mul(sub(words.mask, 1), 1e4), [batch, 1, 1, length]);
    const visible = constant(new Float32Array(batch * features.length * cells), [batch, 1, 1, features.length * cells]);
    const hidden = concat([visible, wordMask], 3);
    for (let index = 0; index < layers; index++) {
      tokens = exchangeBlock(scope.child('layers').child(String(index)), tokens, hidden, heads);
    }
    const normed = layerNormLayer(scope.child('norm'), tokens);
    const parts = split(normed, 1, [...features.map(() => cells), length]);
    return features.map((map, scale) => {
      const exchanged = mapFromTokens({ tokens: parts[scale], height: grid, width: grid });
      return returnToScale(scope.child('return').child(String(scale)), map, exchanged);
    });
  },
);
