import type { Scope, Value } from '../engine/index.js';
import { mapFromTokens, type TokenMap } from '../nn/index.js';
import { imageEdges } from './parts/halfSizeRefinement.js';
import type { FamilyConfig, Trunk } from './parts/trunk.js';

/**
 * What a model computes of an image before any word enters it: in LAVT's family the words come in behind the blocks of
 * the first stage, or behind the whole trunk where there are no language gates.
 */
export interface ImagePart {
  /** The features of the stages before the words, finest first [B, N, C], the first a quarter of the image's size. */
  readonly stages: readonly TokenMap[];
  /** The image's edges for the refinement [B, width, H / 2, W / 2]; null without one. */
  readonly edges: Value | null;
  /** The image's colours for the selection [B, 3, H / 4, W / 4]; null without one that sees them. */
  readonly colours: Value | null;
}

/** Settings of the part of a model that sees the image alone. */
export interface ImagePartConfig extends Pick<FamilyConfig, 'trunk' | 'decoder'> {
  readonly refinement: { readonly width: number } | null;
}

/** The first `count` stages of the trunk with no word in them, finest first [B, N, C]; `scope` is the model's. */
export function wordlessStages(scope: Scope, image: Value, trunk: Trunk, count: number): TokenMap[] {
  const backbone = scope.child('backbone');
  let x = trunk.embed(backbone, image);
  return Array.from({ length: count }, (_, index) => {
    const stageScope = backbone.child('layers').child(String(index));
    const seen = trunk.stage(stageScope, x, index);
    if (index + 1 < count) x = trunk.merge(stageScope.child('downsample'), seen, index);
    return seen;
  });
}

/**
 * The maps of the whole trunk with no word in them [B, C_i, H / 2^(i+2), W / 2^(i+2)], finest first; `scope` is the
 * model's. For training the trunk by itself: in a model with language gates the words enter between its stages.
 */
export const wordlessTrunkMaps = (scope: Scope, image: Value, trunk: Trunk): Value[] =>
  wordlessStages(scope, image, trunk, trunk.stages).map(mapFromTokens);

/** The edges for the refinement; `scope` is the model's. */
export const edgesOf = (scope: Scope, image: Value, { refinement, decoder }: ImagePartConfig): Value | null =>
  refinement && imageEdges(scope.child('refinement'), image, { ...refinement, norm: decoder?.norm ?? 'batch' });

/** The trunk that goes on from its first stages, which are there already. */
export const trunkFrom = (stages: readonly TokenMap[], trunk: Trunk): Trunk => ({
  ...trunk,
  embed: () => stages[0],
  stage: (scope, x, index) => stages[index] ?? trunk.stage(scope, x, index),
  merge: (scope, x, index) => stages[index + 1] ?? trunk.merge(scope, x, index),
});
