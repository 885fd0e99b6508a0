import { add, layer, resizeBilinear, type Scope, type Value } from '../engine/index.js';
import { layerNormLayer, mapFromTokens, type TokenMap } from '../nn/index.js';
import { gated, pixelWordAttention, type Words } from './parts/pixelWordAttention.js';
import { topDownDecoder } from './parts/topDownDecoder.js';
import type { FamilyConfig, Trunk } from './parts/trunk.js';

/** What one stage hands on. */
export interface StageResult {
  /** Towards the decoder, before the stage's norm: [B, N, C]. */
  readonly residual: TokenMap;
  /** The stream that goes on to the next stage, before patch merging: [B, N, C]. */
  readonly stream: TokenMap;
}

/**
 * The language part of a LAVT stage (section 3.2 and 3.3): r = PWAM(x), x <- x + gate(r) r, or x as it is without the gate.
 * `scope` is the stage's.
 */
export function languageStage(scope: Scope, x: TokenMap, words: Words, heads: number, gate = true): StageResult {
  const { mixed } = pixelWordAttention(scope.child('fusion'), x.tokens, words, heads);
  const residual = { ...x, tokens: mixed };
  if (!gate) return { residual, stream: x };
  return { residual, stream: { ...x, tokens: add(x.tokens, gated(scope.child('res_gate'), mixed)) } };
}

/** What a model of this family does with a stage's feature and the words; `scope` is the stage's. */
export type Interaction = (scope: Scope, x: TokenMap, stage: number) => StageResult;

/** What a language-aware encoder gives, both [B, C_i, H / 2^(i+2), W / 2^(i+2)], finest first. */
export interface EncodedStages {
  /** The residual of each stage, normalised. */
  readonly residuals: readonly Value[];
  /** What each stage of the trunk saw before the words entered it. */
  readonly trunkMaps: readonly Value[];
}

/** A hierarchical encoder that the sentence enters at every stage (LAVT, figure 2). */
export const languageAwareEncoder = layer(
  (scope: Scope, image: Value, trunk: Trunk, interact: Interaction): EncodedStages => {
    let x = trunk.embed(scope, image);
    const trunkMaps: Value[] = [];
    const residuals = Array.from({ length: trunk.stages }, (_, index) => {
      const stageScope = scope.child('layers').child(String(index));
      const seen = trunk.stage(stageScope, x, index);
      trunkMaps.push(mapFromTokens(seen));
      const { residual, stream } = interact(stageScope, seen, index);
      if (index + 1 < trunk.stages) x = trunk.merge(stageScope.child('downsample'), stream, index);
      return mapFromTokens({ ...residual, tokens: layerNormLayer(scope.child(`norm${index}`), residual.tokens) });
    });
    return { residuals, trunkMaps };
  },
);

/** Logits at the image's size (bilinear, align corners unless told otherwise): [B, 2, h, w] -> [B, 2, H, W]. */
export function logitsAtImageSize(logits: Value, image: Value, alignCorners = true): Value {
  return resizeBilinear(logits, [image.shape[2], image.shape[3]], { alignCorners });
}

/** What every model of the family gives. */
export interface Segmentation {
  /** What each stage of the trunk saw before the words entered it, finest first. */
  readonly trunkMaps: readonly Value[];
  /** What the decoder received, finest first. */
  readonly features: readonly Value[];
  /** The decoder's last map [B, C, H / 4, W / 4]. */
  readonly map: Value;
  /** [B, 2, H / 4, W / 4], or half the image's size where the config has a refinement */
  readonly decoder: Value;
  /** [B, 2, H, W]; channel 1 is the object. */
  readonly logits: Value;
}

/** The decoder's answer to features of four scales, finest first; parameters `classifier.*`. */
export function decodedFeatures(
  scope: Scope,
  features: readonly Value[],
  image: Value,
  config: FamilyConfig['decoder'],
): Omit<Segmentation, 'trunkMaps'> {
  const { map, logits } = topDownDecoder(scope.child('classifier'), features, config); // [B, 2, H / 4, W / 4]
  return { features, map, decoder: logits, logits: logitsAtImageSize(logits, image, config?.alignCorners) };
}

/**
 * LAVT (Yang et al., CVPR 2022), exactly as published on a Swin trunk: pixel-word attention in every stage, top-down
 * decoder. Parameters: `backbone.*`, `classifier.*`.
 * @param image [B, 3, H, W], ImageNet-normalised
 */
export function lavt(scope: Scope, image: Value, words: Words, config: FamilyConfig): Segmentation {
  const { residuals: features, trunkMaps } = languageAwareEncoder(
    scope.child('backbone'),
    image,
    config.trunk,
    (stageScope, x, stage) => languageStage(stageScope, x, words, config.fusionHeads[stage], config.languageGates),
  );
  // Logits [B, 2, H / 4, W / 4], and at the image's size [B, 2, H, W].
  return { trunkMaps, ...decodedFeatures(scope, features, image, config.decoder) };
}
