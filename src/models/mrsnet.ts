import { add, type Scope, type Value } from '../engine/index.js';
import { linearLayer, type TokenMap } from '../nn/index.js';
import { decodedFeatures, languageAwareEncoder, languageStage, type Segmentation, type StageResult } from './lavt.js';
import { type HierarchicalConfig, hierarchicalFeatureInteraction } from './parts/hierarchicalFeatureInteraction.js';
import { intraScaleFeatureInteraction } from './parts/intraScaleFeatureInteraction.js';
import { gated, pixelWordAttention, type Words } from './parts/pixelWordAttention.js';
import type { FamilyConfig } from './parts/trunk.js';

/** MRSNet's own switches, so that an ablation (none, IFIM, HFIM, both) is one setting each. */
export interface MrsnetConfig extends FamilyConfig {
  readonly ifim: boolean;
  /** null switches the module off. */
  readonly hfim: HierarchicalConfig | null;
}

/**
 * A stage's interaction with the words, with IFIM beside the pixel-word attention:
 * d = IFIM(x, r), x <- x + gate(r) r + gate'(d) d, and the decoder gets r + W d. Without gates x goes on as it is.
 */
function mrsnetInteraction(
  scope: Scope,
  x: TokenMap,
  words: Words,
  { heads, ifim, gate = true }: { readonly heads: number; readonly ifim: boolean; readonly gate?: boolean },
): StageResult {
  if (!ifim) return languageStage(scope, x, words, heads, gate);
  const { mixed } = pixelWordAttention(scope.child('fusion'), x.tokens, words, heads);
  const language = gate ? add(x.tokens, gated(scope.child('res_gate'), mixed)) : null;
  const detail = intraScaleFeatureInteraction(scope.child('ifim'), x, mixed);
  const width = x.tokens.shape[2];
  const residual = { ...x, tokens: add(mixed, linearLayer(scope.child('detail_proj'), detail, { width })) };
  if (!language) return { residual, stream: x };
  return { residual, stream: { ...x, tokens: add(language, gated(scope.child('detail_gate'), detail)) } };
}

/**
 * MRSNet: a RECONSTRUCTION of the network of "A Large-Scale Referring Remote Sensing Image Segmentation Dataset and
 * Benchmark" (arXiv 2506.03583), whose code and weights are not public and whose equations were not at hand.
 *
 * The paper's: a hierarchical vision encoder and BERT with pixel-word fusion in every stage (LAVT's frame), an
 * Intra-scale Feature Interaction Module inside each encoder stage, a Hierarchical Feature Interaction Module across
 * the four scales with each scale keeping its resolution. This project's: how both modules are made (see theirs) and
 * where they join; docs/mrsnet.md tells what else was tried.
 * @param image [B, 3, H, W], ImageNet-normalised
 */
export function mrsnet(scope: Scope, image: Value, words: Words, config: MrsnetConfig): Segmentation {
  // [B, C_i, H / 2^(i+2), W / 2^(i+2)] for i = 0 .. 3
  const { residuals: stages, trunkMaps } = languageAwareEncoder(
    scope.child('backbone'),
    image,
    config.trunk,
    (stageScope, x, stage) =>
      mrsnetInteraction(stageScope, x, words, {
        heads: config.fusionHeads[stage],
        ifim: config.ifim,
        gate: config.languageGates,
      }),
  );
  const features = config.hfim
    ? hierarchicalFeatureInteraction(scope.child('hfim'), stages, words, config.hfim)
    : stages;
  // Logits [B, 2, H / 4, W / 4], and at the image's size [B, 2, H, W].
  return { trunkMaps, ...decodedFeatures(scope, features, image, config.decoder) };
}
