import {
  add,
  expand,
  gelu,
  layer,
  mean,
  mul,
  reshape,
  type Scope,
  slice,
  softmax,
  sub,
  type Value,
} from '../../engine/index.js';
import {
  convolutionLayer,
  layerNormLayer,
  linearLayer,
  mapFromTokens,
  multilayerPerceptron,
  type TokenMap,
  tokensFromMap,
  transformerWeights,
} from '../../nn/index.js';
import { fittingHeads, multiHeadAttention } from './multiHeadAttention.js';
import type { Words } from './pixelWordAttention.js';

/** Learnable tokens through which sentence and image meet. */
const queryTokens = 16;
const wantedHeads = 8;

/**
 * Dynamic feature selection. SBANet's (arXiv 2501.00851): mixes macro (global) and micro (local) visual features. This
 * project's: a depth-wise 3 x 3 convolution is the micro side, the map's mean the macro side, and each channel chooses
 * between them by a softmax that sees both (as selective kernels do, Li et al. 2019).
 */
export const dynamicFeatureSelection = layer((scope: Scope, x: TokenMap): Value => {
  const channels = x.tokens.shape[2];
  const local = convolutionLayer(scope.child('micro'), mapFromTokens(x), {
    width: channels,
    kernel: 3,
    groups: channels,
  });
  const micro = tokensFromMap(local).tokens; // [B, N, C]
  const macro = linearLayer(scope.child('macro'), mean(x.tokens, [1], { keep: true }), { width: channels }); // [B, 1, C]
  const seen = add(mean(micro, [1], { keep: true }), macro);
  const hidden = gelu(linearLayer(scope.child('fc1'), seen, { width: Math.max(8, channels / 4) }));
  const scores = linearLayer(scope.child('fc2'), hidden, { width: 2 * channels });
  const shares = softmax(reshape(scores, [x.tokens.shape[0], 2, channels]), 1); // [B, 2, C]
  return add(x.tokens, add(mul(micro, slice(shares, 1, 0, 1)), mul(macro, slice(shares, 1, 1, 1))));
});

/**
 * Bidirectional alignment module. SBANet's: learnable query tokens select what matters in the sentence and in the
 * image, and both sides are updated. This project's: the queries attend over the words and over the pixels, the two
 * selections are joined by product and sum, and pixels and words each attend over the joined tokens.
 * @returns mixed: what the sentence means at every pixel [B, N, C]; words: the sentence after it has seen the image
 */
export const bidirectionalAlignment = layer(
  (scope: Scope, x: TokenMap, words: Words): { mixed: Value; words: Words } => {
    const [batch, , width] = x.tokens.shape;
    const textWidth = words.states.shape[2];
    const heads = fittingHeads(width, wantedHeads);
    const hidden = reshape(mul(sub(words.mask, 1), 1e4), [batch, 1, 1, words.mask.shape[1]]);
    const table = scope.parameter('queries', [1, queryTokens, width], transformerWeights);
    const queries = expand(table, [batch, queryTokens, width]);
    const selected = dynamicFeatureSelection(scope.child('dfs'), x); // [B, N, C]

    const fromWords = multiHeadAttention(scope.child('select_words'), queries, words.states, { width, heads, hidden });
    const fromPixels = multiHeadAttention(scope.child('select_pixels'), queries, selected, { width, heads });
    const joined = add(add(fromWords, fromPixels), mul(fromWords, fromPixels));
    const normed = layerNormLayer(scope.child('norm'), joined);
    const aligned = add(joined, multilayerPerceptron(scope.child('mlp'), normed, 2 * width)); // [B, 16, C]

    const toPixels = multiHeadAttention(scope.child('to_pixels'), selected, aligned, { width, heads });
    const visual = gelu(linearLayer(scope.child('vis_project'), selected, { width }));
    const mixed = gelu(linearLayer(scope.child('project_mm'), mul(visual, toPixels), { width }));
    const toWords = multiHeadAttention(scope.child('to_words'), words.states, aligned, {
      width,
      heads,
      outWidth: textWidth,
    });
    const states = layerNormLayer(scope.child('norm_words'), add(words.states, toWords));
    return { mixed, words: { states, mask: words.mask } };
  },
);
