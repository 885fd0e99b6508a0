import { add, concat, dropPath, layer, pad, reshape, type Scope, slice, type Value } from '../engine/index.js';
import {
  convolutionLayer,
  layerNormLayer,
  linearLayer,
  mapFromTokens,
  multilayerPerceptron,
  shiftMask,
  type TokenMap,
  tokensFromMap,
  windowAttention,
  windowGeometry,
  windowPartition,
  windowReverse,
} from '../nn/index.js';

import type { Trunk } from './parts/trunk.js';

/** Sizes of a Swin Transformer (Liu et al. 2021). */
export interface SwinConfig {
  /** Channels of the first stage; they double with each stage. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Side of a window in tokens. */
  readonly window: number;
  readonly mlpRatio: number;
  /** Largest rate of stochastic depth; it rises linearly over the blocks. */
  readonly dropPath: number;
  /** Whether an axis that fits one window is not shifted (torchvision, Hugging Face); LAVT and RMSIN shift it. */
  readonly unshiftedInOneWindow: boolean;
}

/** Side of the patch that becomes a token. */
export const patchPx = 4;

/** Image to tokens: 4 x 4 patches, linear, LayerNorm. [B, 3, H, W] -> [B, ceil(H/4) ceil(W/4), C] */
export const patchEmbedding = layer((scope: Scope, image: Value, width: number): TokenMap => {
  const [, , height, imageWidth] = image.shape;
  const right = (patchPx - (imageWidth % patchPx)) % patchPx;
  const bottom = (patchPx - (height % patchPx)) % patchPx;
  const padded = pad(pad(image, 2, 0, bottom), 3, 0, right);
  const map = convolutionLayer(scope.child('proj'), padded, { width, kernel: patchPx, stride: patchPx, padding: 0 });
  const embedded = tokensFromMap(map);
  return { ...embedded, tokens: layerNormLayer(scope.child('norm'), embedded.tokens) };
});

/** The shift of a block's windows down and across: half a window in every second block. */
export function windowShift(x: TokenMap, config: SwinConfig, shifted: boolean): readonly [number, number] {
  const { window, unshiftedInOneWindow } = config;
  const along = (size: number): number =>
    !shifted || (unshiftedInOneWindow && size <= window) ? 0 : Math.floor(window / 2);
  return [along(x.height), along(x.width)];
}

/** One block: x + W-MSA(LN x), then x + MLP(LN x). */
export const swinBlock = layer(
  (scope: Scope, x: TokenMap, config: SwinConfig, heads: number, shifted: boolean, dropRate: number): TokenMap => {
    const { window } = config;
    const shift = windowShift(x, config, shifted);
    const geometry = windowGeometry(x.height, x.width, window, shift);
    const mask = Math.max(...shift) > 0 ? shiftMask(geometry) : null;

    const windows = windowPartition(layerNormLayer(scope.child('norm1'), x.tokens), geometry); // [B, windows, w^2, C]
    const attended = windowAttention(scope.child('attn'), windows, { window, heads, mask });
    const mixed = add(x.tokens, dropPath(scope, windowReverse(attended, geometry), dropRate, 'drop_path1'));

    const hiddenWidth = Math.floor(x.tokens.shape[2] * config.mlpRatio);
    const refined = multilayerPerceptron(scope.child('mlp'), layerNormLayer(scope.child('norm2'), mixed), hiddenWidth);
    return { ...x, tokens: add(mixed, dropPath(scope, refined, dropRate, 'drop_path2')) };
  },
);

/** Neighbours (0,0) (1,0) (0,1) (1,1) side by side: [B, H W, C] -> [B, ceil(H/2) ceil(W/2), 4 C]; odd sizes are padded. */
export function mergeNeighbours({ tokens, height, width }: TokenMap): TokenMap {
  const [batch, , channels] = tokens.shape;
  const map = reshape(tokens, [batch, height, width, channels]);
  const even = pad(pad(map, 1, 0, height % 2), 2, 0, width % 2);
  const [halfHeight, halfWidth] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const pick = (row: number, column: number) => slice(slice(even, 1, row, halfHeight, 2), 2, column, halfWidth, 2);
  const joined = concat([pick(0, 0), pick(1, 0), pick(0, 1), pick(1, 1)], 3);
  return {
    tokens: reshape(joined, [batch, halfHeight * halfWidth, 4 * channels]),
    height: halfHeight,
    width: halfWidth,
  };
}

/** Patch merging: four neighbours side by side, LayerNorm, linear 4 C -> 2 C without bias. */
export const patchMerging = layer((scope: Scope, x: TokenMap): TokenMap => {
  const merged = mergeNeighbours(x);
  const width = merged.tokens.shape[2] / 2;
  const normed = layerNormLayer(scope.child('norm'), merged.tokens);
  return { ...merged, tokens: linearLayer(scope.child('reduction'), normed, { width, bias: false }) };
});

/** The blocks of one stage, every second one shifted. `scope` is the stage's: `layers.2`. */
export function swinStage(scope: Scope, x: TokenMap, config: SwinConfig, stage: number): TokenMap {
  const total = config.depths.reduce((count, depth) => count + depth, 0);
  const before = config.depths.slice(0, stage).reduce((count, depth) => count + depth, 0);
  let result = x;
  for (let block = 0; block < config.depths[stage]; block++) {
    const dropRate = total > 1 ? (config.dropPath * (before + block)) / (total - 1) : 0;
    const blockScope = scope.child('blocks').child(String(block));
    result = swinBlock(blockScope, result, config, config.heads[stage], block % 2 === 1, dropRate);
  }
  return result;
}

/** A plain Swin: the four stage outputs, each after its own LayerNorm, as maps [B, C 2^i, H / 2^(i+2), W / 2^(i+2)]. */
export function swin(scope: Scope, image: Value, config: SwinConfig): Value[] {
  let x = patchEmbedding(scope.child('patch_embed'), image, config.width);
  return config.depths.map((_, stage) => {
    const stageScope = scope.child('layers').child(String(stage));
    x = swinStage(stageScope, x, config, stage);
    const output = mapFromTokens({ ...x, tokens: layerNormLayer(scope.child(`norm${stage}`), x.tokens) });
    if (stage + 1 < config.depths.length) x = patchMerging(stageScope.child('downsample'), x);
    return output;
  });
}

/** Swin in pieces, under the published names: `patch_embed`, `layers.I.blocks`, `layers.I.downsample`. */
export function swinTrunk(config: SwinConfig): Trunk {
  return {
    stages: config.depths.length,
    embed: (scope, image) => patchEmbedding(scope.child('patch_embed'), image, config.width),
    stage: (scope, x, index) => swinStage(scope, x, config, index),
    merge: patchMerging,
  };
}
