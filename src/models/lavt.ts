import { add, layer, resizeBilinear, type Scope, type Value } from '../engine/index.js';
import { layerNormLayer, mapFromTokens, type TokenMap } from '../nn/index.js';
import { gated, pixelWordAttention, type Words } from './parts/pixelWordAttention.js';
import { topDownDecoder } from './parts/topDownDecoder.js';
import { patchEmbedding, patchMerging, type SwinConfig, swinStage } from './swin.js';

/** What one stage hands on. */
export interface StageResult {
  /** Towards the decoder, before the stage's norm: [B, N, C]. */
  readonly residual: TokenMap;
  /** The stream that goes on to the next stage, before patch merging: [B, N, C]. */
  readonly stream: TokenMap;
}

/**
 * The language part of a LAVT stage (section 3.2 and 3.3): r = PWAM(x), x <- x + gate(r) r. `scope` is the stage's.
 */
export function languageStage(scope: Scope, x: TokenMap, words: Words, heads: number): StageResult {
  const { mixed } = pixelWordAttention(scope.child('fusion'), x.tokens, words, heads);
  const stream = add(x.tokens, gated(scope.child('res_gate'), mixed));
  return { residual: { ...x, tokens: mixed }, stream: { ...x, tokens: stream } };
}

/** One stage of LAVT: Swin blocks, then the language part. */
export const lavtStage = layer(
  (scope: Scope, x: TokenMap, words: Words, config: SwinConfig, stage: number, heads: number): StageResult =>
    languageStage(scope, swinStage(scope, x, config, stage), words, heads),
);

/** How a stage is made, so that models which extend LAVT change this alone. */
export type StageBuilder = (scope: Scope, x: TokenMap, stage: number) => StageResult;

/**
 * A hierarchical encoder that the sentence enters at every stage (LAVT, figure 2).
 * @returns the residual of each stage, normalised, as maps [B, C 2^i, H / 2^(i+2), W / 2^(i+2)], finest first
 */
export const languageAwareEncoder = layer(
  (scope: Scope, image: Value, config: SwinConfig, stage: StageBuilder): Value[] => {
    let x = patchEmbedding(scope.child('patch_embed'), image, config.width);
    return config.depths.map((_, index) => {
      const stageScope = scope.child('layers').child(String(index));
      const { residual, stream } = stage(stageScope, x, index);
      if (index + 1 < config.depths.length) x = patchMerging(stageScope.child('downsample'), stream);
      return mapFromTokens({ ...residual, tokens: layerNormLayer(scope.child(`norm${index}`), residual.tokens) });
    });
  },
);

export interface LavtConfig {
  readonly backbone: SwinConfig;
  /** Heads of the pixel-word attention of each stage; 1 in every published setting. */
  readonly fusionHeads: readonly number[];
}

/** Logits at the image's size (bilinear, align corners): [B, 2, h, w] -> [B, 2, H, W]. */
export function logitsAtImageSize(logits: Value, image: Value): Value {
  return resizeBilinear(logits, [image.shape[2], image.shape[3]], { alignCorners: true });
}

/**
 * LAVT (Yang et al., CVPR 2022), exactly as published: Swin with pixel-word attention in every stage, top-down decoder.
 * Parameters: `backbone.*`, `classifier.*`.
 * @param image [B, 3, H, W], ImageNet-normalised
 */
export function lavt(scope: Scope, image: Value, words: Words, config: LavtConfig) {
  const features = languageAwareEncoder(scope.child('backbone'), image, config.backbone, (stageScope, x, stage) =>
    lavtStage(stageScope, x, words, config.backbone, stage, config.fusionHeads[stage]),
  );
  const { logits } = topDownDecoder(scope.child('classifier'), features);
  return { features, decoder: logits, logits: logitsAtImageSize(logits, image) };
}
