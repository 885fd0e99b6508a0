import { add, type Scope, type Value, zeros } from '../engine/index.js';
import { linearLayer, type TokenMap } from '../nn/index.js';
import { decodedFeatures, languageAwareEncoder, languageStage, type Segmentation, type StageResult } from './lavt.js';
import { type HierarchicalConfig, hierarchicalFeatureInteraction } from './parts/hierarchicalFeatureInteraction.js';
import { intraScaleFeatureInteraction } from './parts/intraScaleFeatureInteraction.js';
import { gated, pixelWordAttention, type Words } from './parts/pixelWordAttention.js';
import { type ExchangeConfig, scaleExchange } from './parts/scaleExchange.js';
import { askedFor, readWords, type SelectionWords } from './parts/selectionWords.js';
import type { FamilyConfig } from './parts/trunk.js';

/** MRSNet's own switches, so that an ablation (none, IFIM, HFIM, both) is one setting each. */
export interface MrsnetConfig extends FamilyConfig {
  /** 'modulated': the sentence as a whole scales what its branches see, too. */
  readonly ifim: boolean | 'modulated';
  /** null switches the module off. */
  readonly hfim: ExchangeConfig | HierarchicalConfig | null;
}

/** Width of the sentence as a whole. */
const sentenceWidth = 64;

interface InteractionSettings {
  readonly heads: number;
  /** Whether the words enter the trunk. */
  readonly gate: boolean;
  /** Of an IFIM that the sentence as a whole modulates [B, D]. */
  readonly sentence: Value | null;
}

/**
 * A stage's interaction with the words, with IFIM beside the pixel-word attention:
 * d = IFIM(x, r), x <- x + gate(r) r + gate'(d) d, and the decoder gets r + W d. Without gates x goes on as it is. What
 * IFIM adds begins at none.
 */
function detailedStage(
  scope: Scope,
  x: TokenMap,
  words: Words,
  { heads, gate, sentence }: InteractionSettings,
): StageResult {
  const { mixed } = pixelWordAttention(scope.child('fusion'), x.tokens, words, heads);
  const language = gate ? add(x.tokens, gated(scope.child('res_gate'), mixed)) : null;
  const detail = intraScaleFeatureInteraction(scope.child('ifim'), x, mixed, sentence);
  const width = x.tokens.shape[2];
  const added = linearLayer(scope.child('detail_proj'), detail, { width, weights: zeros });
  const residual = { ...x, tokens: add(mixed, added) };
  if (!language) return { residual, stream: x };
  const stream = add(language, gated(scope.child('detail_gate'), detail, { closed: true }));
  return { residual, stream: { ...x, tokens: stream } };
}

/**
 * MRSNet: a RECONSTRUCTION of the network of "A Large-Scale Referring Remote Sensing Image Segmentation Dataset and
 * Benchmark" (arXiv 2506.03583), whose code and weights are not public and whose equations were not at hand.
 *
 * The paper's: a hierarchical vision encoder and BERT with pixel-word fusion in every stage (LAVT's frame), an
 * Intra-scale Feature Interaction Module inside each encoder stage, a Hierarchical Feature Interaction Module across
 * the four scales with each scale keeping its resolution. This project's: how both modules are made (see theirs) and
 * where they join, and the sentence as a whole, read from word vectors of its own, that both see; docs/mrsnet.md tells what
 * else was tried.
 * @param image [B, 3, H, W], ImageNet-normalised
 */
export function mrsnet(scope: Scope, image: Value, words: SelectionWords, config: MrsnetConfig): Segmentation {
  const { ifim, hfim, languageGates: gate = true } = config;
  const exchange = hfim?.kind === 'exchange' ? hfim : null;
  const own = scope.child('asked');
  const sentence = ifim === 'modulated' || exchange ? askedFor(own, readWords(own, words), sentenceWidth) : null; // [B, D]
  // [B, C_i, H / 2^(i+2), W / 2^(i+2)] for i = 0 .. 3
  const { residuals: stages, trunkMaps } = languageAwareEncoder(
    scope.child('backbone'),
    image,
    config.trunk,
    (stageScope, x, stage) => {
      const heads = config.fusionHeads[stage];
      if (!ifim) return languageStage(stageScope, x, words, heads, gate);
      return detailedStage(stageScope, x, words, { heads, gate, sentence: ifim === 'modulated' ? sentence : null });
    },
  );
  let features = stages;
  if (exchange && sentence) features = scaleExchange(scope.child('hfim'), stages, trunkMaps, sentence, exchange);
  else if (hfim && hfim.kind !== 'exchange') {
    features = hierarchicalFeatureInteraction(scope.child('hfim'), stages, words, hfim);
  }
  // Logits [B, 2, H / 4, W / 4], and at the image's size [B, 2, H, W].
  return { trunkMaps, ...decodedFeatures(scope, features, image, config.decoder) };
}
