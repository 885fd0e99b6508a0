import {
  add,
  concat,
  div,
  gelu,
  layer,
  max,
  mean,
  mul,
  reshape,
  type Scope,
  sigmoid,
  split,
  sum,
  type Value,
} from '../engine/index.js';
import { convolutionLayer, linearLayer } from '../nn/index.js';
import { decodedFeatures, languageAwareEncoder, type Segmentation } from './lavt.js';
import { bidirectionalAlignment } from './parts/bidirectionalAlignment.js';
import { gated, type Words } from './parts/pixelWordAttention.js';
import type { FamilyConfig } from './parts/trunk.js';

/** Where the sentence answers in a map: mean and largest channel and the agreement with the sentence, 7 x 7. [B, 1, H, W] */
const spatialAttention = layer((scope: Scope, map: Value, sentence: Value): Value => {
  const [batch, channels] = map.shape;
  const asked = reshape(linearLayer(scope.child('text'), sentence, { width: channels }), [batch, channels, 1, 1]);
  const agreement = mul(sum(mul(map, asked), [1], { keep: true }), channels ** -0.5);
  const seen = concat([mean(map, [1], { keep: true }), max(map, [1], { keep: true }), agreement], 1);
  return sigmoid(convolutionLayer(scope.child('conv'), seen, { width: 1, kernel: 7 }));
});

/**
 * Text-conditioned channel and spatial aggregator. SBANet's: between encoder and decoder, text-guided channel and
 * spatial attention across the scales. This project's: one small network sees the means of all scales and the
 * sentence, and gives each scale its channel gates; each scale's spatial gate sees the map and the sentence.
 */
export const channelSpatialAggregator = layer((scope: Scope, features: readonly Value[], words: Words): Value[] => {
  const [batch] = words.states.shape;
  const sentence = div(sum(mul(words.states, words.mask), [1]), sum(words.mask, [1])); // [B, Ct]
  const widths = features.map((map) => map.shape[1]);
  const total = widths.reduce((count, width) => count + width, 0);
  const means = features.map((map) => reshape(mean(map, [2, 3]), [batch, map.shape[1]]));
  const hidden = gelu(
    linearLayer(scope.child('fc1'), concat([...means, sentence], 1), { width: Math.ceil(total / 4) }),
  );
  const gates = split(sigmoid(linearLayer(scope.child('fc2'), hidden, { width: total })), 1, widths);
  return features.map((map, scale) => {
    const channelGate = reshape(gates[scale], [batch, widths[scale], 1, 1]);
    const byChannel = mul(map, channelGate);
    return add(map, mul(byChannel, spatialAttention(scope.child('spatial').child(String(scale)), byChannel, sentence)));
  });
});

/**
 * SBANet: a RECONSTRUCTION of the network of arXiv 2501.00851, whose code is not released. The paper's: Swin and BERT,
 * a bidirectional alignment module with dynamic feature selection in place of the pixel-word attention at every stage,
 * a text-conditioned channel and spatial aggregator between encoder and decoder. This project's: how these modules are
 * made in detail (see each), LAVT's gate for what goes on to the next stage, and LAVT's decoder.
 * @param image [B, 3, H, W], normalised
 */
export function sbanet(scope: Scope, image: Value, words: Words, config: FamilyConfig): Segmentation {
  // The sentence changes from stage to stage: both sides are updated.
  let current = words;
  const { residuals: stages, trunkMaps } = languageAwareEncoder(
    scope.child('backbone'),
    image,
    config.trunk,
    (stageScope, x) => {
      const aligned = bidirectionalAlignment(stageScope.child('alignment'), x, current);
      current = aligned.words;
      const stream = add(x.tokens, gated(stageScope.child('res_gate'), aligned.mixed));
      return { residual: { ...x, tokens: aligned.mixed }, stream: { ...x, tokens: stream } };
    },
  );
  const features = channelSpatialAggregator(scope.child('aggregator'), stages, current);
  // Logits [B, 2, H / 4, W / 4], and at the image's size [B, 2, H, W].
  return { trunkMaps, ...decodedFeatures(scope, features, image, config.decoder) };
}
