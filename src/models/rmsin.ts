import { add, type Scope, type Value } from '../engine/index.js';
import type { TokenMap } from '../nn/index.js';
import { languageAwareEncoder, logitsAtImageSize, type StageResult } from './lavt.js';
import { adaptiveRotatedConvolution } from './parts/adaptiveRotatedConvolution.js';
import { crossScaleInteraction } from './parts/crossScaleInteraction.js';
import { intraScaleInteraction } from './parts/intraScaleInteraction.js';
import { gated, pixelWordAttention, type Words } from './parts/pixelWordAttention.js';
import { topDownDecoder } from './parts/topDownDecoder.js';
import type { FamilyConfig } from './parts/trunk.js';

/** IIM beside the language part: x <- x + gate(r) r + gate'(v) v; only r goes to the decoder. */
export function rmsinInteraction(scope: Scope, x: TokenMap, words: Words, heads: number): StageResult {
  const { mixed } = pixelWordAttention(scope.child('fusion'), x.tokens, words, heads);
  const { residual: visual } = intraScaleInteraction(scope.child('visual_residual'), x);
  const language = gated(scope.child('res_gate'), mixed);
  const stream = add(add(x.tokens, language), gated(scope.child('visual_gate'), visual));
  return { residual: { ...x, tokens: mixed }, stream: { ...x, tokens: stream } };
}

/** LAVT's decoder with rotated second convolutions, and the angles and weights that it chose. */
export function rotatedDecoder(
  scope: Scope,
  features: readonly Value[],
  options: Omit<Parameters<typeof topDownDecoder>[2], 'secondConvolution'> = {},
) {
  const routes: Record<string, Value> = {};
  const { map, logits } = topDownDecoder(scope, features, {
    ...options,
    secondConvolution: (own, x, width) => {
      const { y, alphas, thetas } = adaptiveRotatedConvolution(own, x, width);
      const level = own.path.slice(own.path.lastIndexOf('.') + 1);
      routes[`${level}.alphas`] = alphas;
      routes[`${level}.thetas`] = thetas;
      return y;
    },
  });
  return { map, logits, routes };
}

/**
 * RMSIN (Liu et al., CVPR 2024), exactly as published on a Swin trunk: LAVT with IIM in each stage, CIM between
 * encoder and decoder and rotated convolutions in the decoder. Parameters: `backbone.*` (CIM under `backbone.cim`),
 * `classifier.*`.
 * @param image [B, 3, S, S] with S a multiple of 32
 */
export function rmsin(scope: Scope, image: Value, words: Words, config: FamilyConfig) {
  const backbone = scope.child('backbone');
  const { residuals: stages, trunkMaps } = languageAwareEncoder(backbone, image, config.trunk, (stageScope, x, stage) =>
    rmsinInteraction(stageScope, x, words, config.fusionHeads[stage]),
  );
  const { maps } = crossScaleInteraction(backbone.child('cim'), stages);
  const { map, logits, routes } = rotatedDecoder(scope.child('classifier'), maps, config.decoder);
  return {
    stages,
    routes,
    trunkMaps,
    features: maps,
    map,
    decoder: logits,
    logits: logitsAtImageSize(logits, image, config.decoder?.alignCorners),
  };
}
