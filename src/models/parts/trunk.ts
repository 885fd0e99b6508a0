import type { Scope, Value } from '../../engine/index.js';
import type { MapNorm, TokenMap } from '../../nn/index.js';

/** A hierarchical vision encoder in pieces, so that a model can put its interaction with the words between them. */
export interface Trunk {
  readonly stages: number;
  /** Image [B, 3, H, W] to the tokens of the first stage, a quarter of the size. `scope` is the backbone's. */
  embed(scope: Scope, image: Value): TokenMap;
  /** The blocks of one stage. `scope` is the stage's. */
  stage(scope: Scope, x: TokenMap, index: number): TokenMap;
  /** To half the size and the next stage's width. `scope` is the stage's `downsample`. */
  merge(scope: Scope, x: TokenMap, index: number): TokenMap;
}

/** What the models of LAVT's family share. */
export interface FamilyConfig {
  readonly trunk: Trunk;
  /** Heads of the pixel-word attention of each stage; 1 in every published setting. */
  readonly fusionHeads: readonly number[];
  /** Whether the words enter the trunk through a gate behind each stage; true, as published, when left out. */
  readonly languageGates?: boolean;
  /** Width (half of the deepest map's when left out), norm (batch as published) and resizing of the decoder. */
  readonly decoder?: { readonly width?: number; readonly norm?: MapNorm; readonly alignCorners?: boolean };
}
