import {
  adaptiveAveragePool,
  add,
  addAll,
  concat,
  expand,
  layer,
  reshape,
  resizeBilinear,
  type Scope,
  sigmoid,
  type Value,
} from '../../engine/index.js';
import { convolutionLayer } from '../../nn/index.js';
import { placesAlongAxes } from './placesAlong.js';
import { gateAndAddition, gatedMap } from './scaleReturn.js';
import { sentenceModulation } from './sentenceModulation.js';

export interface ExchangeConfig {
  readonly kind: 'exchange';
  /** Channels in which the scales meet. */
  readonly width: number;
}

/** Kinds of things whose places along both axes a scale knows. */
const evidences = 4;

/** A map at the size of another: smaller by its means, larger bilinearly. */
function atSizeOf(map: Value, [, , height, width]: readonly number[]): Value {
  if (map.shape[2] > height || map.shape[3] > width) return adaptiveAveragePool(map, [height, width]);
  if (map.shape[2] === height && map.shape[3] === width) return map;
  return resizeBilinear(map, [height, width], { alignCorners: false });
}

/** Evidence of some kinds of things in each cell, and where the cell lies among it along both axes: [B, K 11, h, w]. */
const placesAmongEvidence = layer((scope: Scope, x: Value): Value => {
  const [batch, , height, width] = x.shape;
  const evidence = sigmoid(convolutionLayer(scope, x, { width: evidences, kernel: 1, padding: 0 })); // [B, K, h, w]
  const each = reshape(evidence, [batch * evidences, 1, height, width]);
  const { across, down } = placesAlongAxes(each); // [B K, 5, 1, w] and [B K, 5, h, 1]
  const size = [batch * evidences, 5, height, width];
  const places = concat([expand(across, size), expand(down, size)], 1); // [B K, 10, h, w]
  return concat([reshape(places, [batch, evidences * 10, height, width]), evidence], 1);
});

/**
 * Hierarchical Feature Interaction Module (HFIM) of MRSNet, between encoder and decoder.
 *
 * The paper's (arXiv 2506.03583): features are exchanged across the four scales while each keeps its own resolution.
 * This project's reconstruction: every scale gets every other at its own size, what the trunk saw beside what the words made of
 * it; the sentence as a whole scales the channels in which they meet; each cell then learns where it lies among what the
 * sentence looks for, along rows and columns, which no neighbourhood tells; and what the scale has learned comes back to it as
 * a gate and an addition, both of which begin at none.
 * @param features four maps that the words have met, finest first, each [B, C_i, H_i, W_i]
 * @param trunkMaps what the trunk saw there before the words, of the same shapes
 * @param sentence [B, D]
 * @returns maps of the same shapes
 */
export const scaleExchange = layer(
  (
    scope: Scope,
    features: readonly Value[],
    trunkMaps: readonly Value[],
    sentence: Value,
    { width }: ExchangeConfig,
  ): Value[] => {
    const pointwise = (own: Scope, map: Value): Value => convolutionLayer(own, map, { width, kernel: 1, padding: 0 });
    const embedded = features.map((map, scale) =>
      add(
        pointwise(scope.child('embed').child(String(scale)), map),
        pointwise(scope.child('seen').child(String(scale)), trunkMaps[scale]),
      ),
    );
    return features.map((map, scale) => {
      const own = scope.child('scales').child(String(scale));
      const together = addAll(embedded.map((other) => atSizeOf(other, map.shape))); // [B, D, H_i, W_i]
      const asked = sentenceModulation(own.child('film1'), together, sentence, 1);
      const placed = concat([asked, placesAmongEvidence(own.child('evidence'), asked)], 1);
      const decided = sentenceModulation(own.child('film2'), pointwise(own.child('mix'), placed), sentence, 1);
      return gatedMap(map, gateAndAddition(own.child('return'), decided, map.shape[1]));
    });
  },
);
