import { add, addAll, gelu, layer, mul, type Scope, slice, softmax, type Value } from '../../engine/index.js';
import {
  convolutionLayer,
  layerNormLayer,
  linearLayer,
  mapFromTokens,
  type TokenMap,
  tokensFromMap,
} from '../../nn/index.js';
import { sentenceModulation } from './sentenceModulation.js';

/** Dilations of the local branches: receptive fields of 3, 5 and 7 cells of the stage's own map. */
const dilations = [1, 2, 3];

/** The branches see a quarter of the channels: detail needs few, and their cost falls with the square. */
const reduction = 4;

/**
 * Intra-scale Feature Interaction Module (IFIM) of MRSNet.
 *
 * The paper's (arXiv 2506.03583): a module inside each encoder stage that captures fine-grained detail within that
 * scale. This project's reconstruction, for want of the paper's equations: 3 x 3 branches of growing dilation see the
 * detail around a pixel, and what the sentence means at that pixel (the pixel-word attention's result) decides how
 * much of each the pixel takes. With the sentence as a whole, it scales the channels that the branches see.
 * @param x the stage's feature [B, N, C]
 * @param language what the sentence means at each pixel [B, N, C]
 * @param sentence [B, D]; null for branches that see what the pixel-word attention made of the feature alone
 * @returns the detail that the sentence asks for [B, N, C]
 */
export const intraScaleFeatureInteraction = layer(
  (scope: Scope, x: TokenMap, language: Value, sentence: Value | null): Value => {
    const channels = x.tokens.shape[2];
    const width = Math.max(8, Math.ceil(channels / reduction));
    // Normalised: the stage's stream has no bound, and what comes of it goes back into it.
    const met = layerNormLayer(scope.child(sentence ? 'met_norm' : 'norm'), add(x.tokens, language));
    const routes = softmax(linearLayer(scope.child('route'), met, { width: dilations.length })); // [B, N, 3]
    const seen = sentence ? layerNormLayer(scope.child('norm'), x.tokens) : met;
    const few = linearLayer(scope.child('reduce'), seen, { width }); // [B, N, C / 4]
    const tokens = sentence ? sentenceModulation(scope.child('film'), few, sentence, 2) : few;
    const reduced = mapFromTokens({ ...x, tokens }); // [B, C / 4, H, W]
    const branches = dilations.map((dilation, index) => {
      const own = scope.child('branches').child(String(index));
      const local = convolutionLayer(own, reduced, { width, kernel: 3, dilation });
      return mul(tokensFromMap(local).tokens, slice(routes, 2, index, 1)); // [B, N, C / 4] x [B, N, 1]
    });
    return gelu(linearLayer(scope.child('proj'), addAll(branches), { width: channels }));
  },
);
