import type { Scope, Value } from '../engine/index.js';
import { mapFromTokens, type TokenMap } from '../nn/index.js';
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

/**
 * The maps of the whole trunk with no word in them [B, C_i, H / 2^(i+2), W / 2^(i+2)], finest first; `scope` is the
 * model's. For training the trunk by itself: in a model the words enter between its stages.
 */
export function wordlessTrunkMaps(scope: Scope, image: Value, trunk: Trunk): Value[] {
  const backbone = scope.child('backbone');
  let x = trunk.embed(backbone, image);
  return Array.from({ length: trunk.stages }, (_, index) => {
    const stageScope = backbone.child('layers').child(String(index));
    const seen = trunk.stage(stageScope, x, index);
    if (index + 1 < trunk.stages) x = trunk.merge(stageScope.child('downsample'), seen, index);
    return mapFromTokens(seen);
  });
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
