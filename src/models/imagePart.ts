import type { Scope, Value } from '../engine/index.js';
import type { TokenMap } from '../nn/index.js';
import { imageEdges } from './parts/halfSizeRefinement.js';
import type { FamilyConfig, Trunk } from './parts/trunk.js';

/**
 * What a model computes of an image before any word enters it: in LAVT's family the words come in behind the blocks of
 * the first stage.
 */
export interface ImagePart {
  /** The first stage's feature before the words [B, N, C], a quarter of the image's size. */
  readonly firstStage: TokenMap;
  /** The image's edges for the refinement [B, width, H / 2, W / 2]; null without one. */
  readonly edges: Value | null;
}

/** Settings of the part of a model that sees the image alone. */
export interface ImagePartConfig extends Pick<FamilyConfig, 'trunk' | 'decoder'> {
  readonly refinement: { readonly width: number } | null;
}

/** The first stage of the trunk; `scope` is the model's. */
export function firstStageOf(scope: Scope, image: Value, trunk: Trunk): TokenMap {
  const backbone = scope.child('backbone');
  return trunk.stage(backbone.child('layers').child('0'), trunk.embed(backbone, image), 0);
}

/** The edges for the refinement; `scope` is the model's. */
export const edgesOf = (scope: Scope, image: Value, { refinement, decoder }: ImagePartConfig): Value | null =>
  refinement && imageEdges(scope.child('refinement'), image, { ...refinement, norm: decoder?.norm ?? 'batch' });

/** The trunk that goes on from a first stage which is there already. */
export const trunkFrom = (firstStage: TokenMap, trunk: Trunk): Trunk => ({
  ...trunk,
  embed: () => firstStage,
  stage: (scope, x, index) => (index === 0 ? x : trunk.stage(scope, x, index)),
});
