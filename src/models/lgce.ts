import {
  add,
  concat,
  constant,
  div,
  layer,
  mul,
  reshape,
  resizeBilinear,
  type Scope,
  sigmoid,
  sub,
  sum,
  type Value,
} from '../engine/index.js';
import { layerNormLayer, linearLayer, mapFromTokens, tokensFromMap } from '../nn/index.js';
import { decodedFeatures, languageAwareEncoder, languageStage, type Segmentation } from './lavt.js';
import { fittingHeads, multiHeadAttention } from './parts/multiHeadAttention.js';
import type { Words } from './parts/pixelWordAttention.js';
import type { FamilyConfig } from './parts/trunk.js';

/** Which stage joins the deepest one: its size is an eighth of the picture's, where small things still show. */
const shallowStage = 1;
/** Whose size both maps are brought to. */
const meetingStage = 2;
const wantedHeads = 8;

/** Mean of the word states [B, 1, Ct]. */
function sentenceOf({ states, mask }: Words): Value {
  const total = sum(mul(states, mask), [1], { keep: true });
  return div(total, sum(mask, [1], { keep: true }));
}

/** One direction: a map's tokens ask the words and the other map's tokens, guided by the sentence. [B, N, D] */
const enhance = layer((scope: Scope, own: Value, other: Value, words: Words, sentence: Value): Value => {
  const [batch, , width] = own.shape;
  const guide = sigmoid(linearLayer(scope.child('guide'), sentence, { width })); // [B, 1, D]
  const wordTokens = linearLayer(scope.child('words'), words.states, { width }); // [B, L, D]
  const sources = concat([wordTokens, other], 1); // [B, L + N, D]
  const visible = constant(new Float32Array(batch * other.shape[1]), [batch, 1, 1, other.shape[1]]);
  const padding = reshape(mul(sub(words.mask, 1), 1e4), [batch, 1, 1, words.mask.shape[1]]);
  const asked = mul(layerNormLayer(scope.child('norm'), own), guide);
  const heads = fittingHeads(width, wantedHeads);
  return multiHeadAttention(scope.child('attn'), asked, sources, {
    width,
    heads,
    hidden: concat([padding, visible], 3),
  });
});

/**
 * Language-guided cross-scale enhancement. The paper's (Yuan et al., TGRS 2024, "RRSIS"): the deepest and a shallow
 * stage output are brought to one size and width, each position attends over the words and the other scale, guided by
 * the sentence, and the result is added to the map that goes to the decoder. This project's: the shallow map is the
 * second stage's, they meet at the third stage's size and at half the deepest width, and the sentence guides by gating
 * the queries.
 */
export const crossScaleEnhancement = layer((scope: Scope, features: readonly Value[], words: Words): Value[] => {
  const deepest = features.length - 1;
  const [, , height, mapWidth] = features[meetingStage].shape;
  const width = features[deepest].shape[1] / 2;
  const sentence = sentenceOf(words);
  const bring = (name: string, map: Value): Value => {
    const resized = resizeBilinear(map, [height, mapWidth], { alignCorners: false });
    return linearLayer(scope.child(name), tokensFromMap(resized).tokens, { width }); // [B, N, D]
  };
  const shallow = bring('shallow', features[shallowStage]);
  const deep = bring('deep', features[deepest]);
  const returnTo = (name: string, stage: number, tokens: Value): Value => {
    const [, channels, ownHeight, ownWidth] = features[stage].shape;
    const projected = linearLayer(scope.child(name), tokens, { width: channels });
    const map = mapFromTokens({ tokens: projected, height, width: mapWidth });
    return add(features[stage], resizeBilinear(map, [ownHeight, ownWidth], { alignCorners: false }));
  };
  const result = [...features];
  const toShallow = enhance(scope.child('to_shallow'), shallow, deep, words, sentence);
  const toDeep = enhance(scope.child('to_deep'), deep, shallow, words, sentence);
  result[shallowStage] = returnTo('shallow_out', shallowStage, toShallow);
  result[deepest] = returnTo('deep_out', deepest, toDeep);
  return result;
});

/**
 * LGCE: a RECONSTRUCTION of the network of "RRSIS: Referring Remote Sensing Image Segmentation" (Yuan et al., TGRS
 * 2024), whose code is not public. The paper's: LAVT with the cross-scale enhancement between encoder and decoder.
 * This project's: how that module is made in detail (see `crossScaleEnhancement`).
 * @param image [B, 3, H, W], normalised
 */
export function lgce(scope: Scope, image: Value, words: Words, config: FamilyConfig): Segmentation {
  const { residuals: stages, trunkMaps } = languageAwareEncoder(
    scope.child('backbone'),
    image,
    config.trunk,
    (stageScope, x, stage) => languageStage(stageScope, x, words, config.fusionHeads[stage], config.languageGates),
  );
  const features = crossScaleEnhancement(scope.child('lgce'), stages, words);
  // Logits [B, 2, H / 4, W / 4], and at the image's size [B, 2, H, W].
  return { trunkMaps, ...decodedFeatures(scope, features, image, config.decoder) };
}
