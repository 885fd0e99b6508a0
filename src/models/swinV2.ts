import {
  add,
  attention,
  concat,
  constant,
  constantGather,
  div,
  dropPath,
  exp,
  layer,
  maximum,
  minimum,
  mul,
  permute,
  relu,
  reshape,
  type Scope,
  select,
  sigmoid,
  sqrt,
  square,
  sum,
  type Value,
} from '../engine/index.js';
import {
  layerNormLayer,
  linearLayer,
  mapFromTokens,
  multilayerPerceptron,
  relativePositionIndex,
  shiftMask,
  type TokenMap,
  windowGeometry,
  windowPartition,
  windowReverse,
} from '../nn/index.js';
import type { Trunk } from './parts/trunk.js';
import { mergeNeighbours, patchEmbedding, patchPx, type SwinConfig, windowShift } from './swin.js';

/** Sizes of a Swin Transformer v2 (Liu et al. 2022). */
export interface SwinV2Config extends SwinConfig {
  /**
   * Window that the weights were trained with, where it is another, alike for all stages or one a stage: positions keep
   * its scale. The own one when left out.
   */
  readonly pretrainedWindow?: number | readonly number[];
  /** Side in pixels of the pictures that the weights were made for, where it settles windows and shifts. */
  readonly madeForPx?: number;
}

/** The windows of one stage. */
export interface StageWindow {
  /** Side in tokens. */
  readonly window: number;
  /** Window whose scale the position offsets have. */
  readonly pretrainedWindow: number;
  /** Whether every second block is shifted by half a window whatever the map's size; null: the map decides. */
  readonly shifts: boolean | null;
}

/**
 * The windows of a stage. Microsoft and Hugging Face settle them when a network is made, by the size of pictures that it is
 * made for: a stage whose map is then no larger than the window has a window of that map's side and is never shifted, also
 * on other pictures. So it is here where `madeForPx` is set; otherwise all stages have one window.
 */
export function stageWindow({ window, pretrainedWindow, madeForPx }: SwinV2Config, stage: number): StageWindow {
  const side = madeForPx === undefined ? null : Math.max(1, Math.floor(Math.floor(madeForPx / patchPx) / 2 ** stage));
  const own = side === null ? window : Math.min(window, side);
  const trained = typeof pretrainedWindow === 'object' ? pretrainedWindow[stage] : pretrainedWindow;
  return { window: own, pretrainedWindow: trained ?? own, shifts: side === null ? null : side > window };
}

/** Width of the network that makes position biases. */
const positionWidth = 512;
/** Largest factor on cosines. */
const largestScale = Math.log(100);

/** Log-spaced offsets of a window, row-major over (2w - 1)^2: sign(8c) log2(1 + |8c|) / 3 for c in -1 .. 1 (section 3.3). */
function logSpacedOffsets(window: number, pretrainedWindow: number): Value {
  const side = 2 * window - 1;
  const scaled = (offset: number): number => {
    const eight = (8 * offset) / Math.max(1, pretrainedWindow - 1);
    return (Math.sign(eight) * Math.log2(1 + Math.abs(eight))) / 3;
  };
  const data = new Float32Array(side * side * 2);
  for (let place = 0; place < side * side; place++) {
    data[2 * place] = scaled(Math.floor(place / side) - window + 1);
    data[2 * place + 1] = scaled((place % side) - window + 1);
  }
  return constant(data, [side * side, 2]);
}

/** Continuous relative position bias: 16 sigmoid of a two-layer network over log-spaced offsets: [K, w^2, w^2]. */
const continuousPositionBias = layer((scope: Scope, window: number, heads: number, pretrainedWindow: number): Value => {
  const offsets = logSpacedOffsets(window, pretrainedWindow);
  const hidden = relu(linearLayer(scope.child('0'), offsets, { width: positionWidth }));
  const table = mul(sigmoid(linearLayer(scope.child('2'), hidden, { width: heads, bias: false })), 16); // [(2w - 1)^2, K]
  const area = window * window;
  return permute(constantGather(table, 0, relativePositionIndex(window), [area, area]), [2, 0, 1]);
});

/** Rows of length 1 along the last axis; a row of zeros stays one. */
const unitRows = (x: Value): Value => div(x, sqrt(maximum(sum(square(x), [-1], { keep: true }), 1e-24)));

/**
 * Scaled cosine attention within windows: [B, windows, w^2, C] -> the same. Query and value have a bias, the key has
 * none. Parameters: `qkv.weight`, `q_bias`, `v_bias`, `logit_scale`, `cpb_mlp`, `proj`.
 */
const cosineWindowAttention = layer(
  (
    scope: Scope,
    x: Value,
    options: { window: number; heads: number; mask: Value | null; pretrainedWindow: number },
  ): Value => {
    const { window, heads, mask, pretrainedWindow } = options;
    const [batch, windows, area, channels] = x.shape;
    const headWidth = channels / heads;
    const zero = { kind: 'constant', value: 0 } as const;
    const biases = [
      scope.parameter('q_bias', [channels], zero),
      constant(new Float32Array(channels), [channels]),
      scope.parameter('v_bias', [channels], zero),
    ];
    const projected = linearLayer(scope.child('qkv'), x, { width: 3 * channels, bias: false });
    const qkv = add(projected, concat(biases, 0)); // [B, windows, w^2, 3 C]
    const parts = permute(reshape(qkv, [batch, windows, area, 3, heads, headWidth]), [3, 0, 1, 4, 2, 5]);
    const logScale = scope.parameter('logit_scale', [heads, 1, 1], { kind: 'constant', value: Math.log(10) });
    const query = mul(unitRows(select(parts, 0, 0)), exp(minimum(logScale, largestScale)));
    const bias = continuousPositionBias(scope.child('cpb_mlp'), window, heads, pretrainedWindow);
    const attended = attention(query, unitRows(select(parts, 0, 1)), select(parts, 0, 2), {
      scale: 1,
      bias: mask ? add(bias, reshape(mask, [windows, 1, area, area])) : bias,
      fused: !scope.training,
    }); // [B, windows, K, w^2, C / K]
    const joined = reshape(permute(attended, [0, 1, 3, 2, 4]), [batch, windows, area, channels]);
    return linearLayer(scope.child('proj'), joined, { width: channels });
  },
);

/** One block with the norm behind each branch (res-post-norm): x + LN(W-MSA(x)), then x + LN(MLP(x)). */
const swinV2Block = layer(
  (scope: Scope, x: TokenMap, config: SwinV2Config, stage: number, shifted: boolean, dropRate: number): TokenMap => {
    const heads = config.heads[stage];
    const { window, pretrainedWindow, shifts } = stageWindow(config, stage);
    const half = shifted && shifts ? Math.floor(window / 2) : 0;
    const shift = shifts === null ? windowShift(x, config, shifted) : ([half, half] as const);
    const geometry = windowGeometry(x.height, x.width, window, shift);
    const mask = Math.max(...shift) > 0 ? shiftMask(geometry) : null;

    const windows = windowPartition(x.tokens, geometry); // [B, windows, w^2, C]
    const options = { window, heads, mask, pretrainedWindow };
    const attended = windowReverse(cosineWindowAttention(scope.child('attn'), windows, options), geometry);
    const normed = layerNormLayer(scope.child('norm1'), attended);
    const mixed = add(x.tokens, dropPath(scope, normed, dropRate, 'drop_path1'));

    const hiddenWidth = Math.floor(x.tokens.shape[2] * config.mlpRatio);
    const refined = multilayerPerceptron(scope.child('mlp'), mixed, hiddenWidth);
    const settled = layerNormLayer(scope.child('norm2'), refined);
    return { ...x, tokens: add(mixed, dropPath(scope, settled, dropRate, 'drop_path2')) };
  },
);

/** Patch merging of v2: four neighbours side by side, linear 4 C -> 2 C without bias, then LayerNorm. */
const patchMergingV2 = layer((scope: Scope, x: TokenMap): TokenMap => {
  const merged = mergeNeighbours(x);
  const width = merged.tokens.shape[2] / 2;
  const reduced = linearLayer(scope.child('reduction'), merged.tokens, { width, bias: false });
  return { ...merged, tokens: layerNormLayer(scope.child('norm'), reduced) };
});

/** The blocks of one stage, every second one shifted. `scope` is the stage's. */
function swinV2Stage(scope: Scope, x: TokenMap, config: SwinV2Config, stage: number): TokenMap {
  const total = config.depths.reduce((count, depth) => count + depth, 0);
  const before = config.depths.slice(0, stage).reduce((count, depth) => count + depth, 0);
  let result = x;
  for (let block = 0; block < config.depths[stage]; block++) {
    const dropRate = total > 1 ? (config.dropPath * (before + block)) / (total - 1) : 0;
    const blockScope = scope.child('blocks').child(String(block));
    result = swinV2Block(blockScope, result, config, stage, block % 2 === 1, dropRate);
  }
  return result;
}

/** Swin v2 in pieces, under Microsoft's names: `patch_embed`, `layers.I.blocks`, `layers.I.downsample`. */
export function swinV2Trunk(config: SwinV2Config): Trunk {
  return {
    stages: config.depths.length,
    embed: (scope, image) => patchEmbedding(scope.child('patch_embed'), image, config.width),
    stage: (scope, x, index) => swinV2Stage(scope, x, config, index),
    merge: patchMergingV2,
  };
}

/** A plain Swin v2: the four stage outputs, each after its own LayerNorm, as maps [B, C 2^i, H / 2^(i+2), W / 2^(i+2)]. */
export function swinV2(scope: Scope, image: Value, config: SwinV2Config): Value[] {
  const trunk = swinV2Trunk(config);
  let x = trunk.embed(scope, image);
  return config.depths.map((_, index) => {
    const stageScope = scope.child('layers').child(String(index));
    x = trunk.stage(stageScope, x, index);
    const output = mapFromTokens({ ...x, tokens: layerNormLayer(scope.child(`norm${index}`), x.tokens) });
    if (index + 1 < trunk.stages) x = trunk.merge(stageScope.child('downsample'), x, index);
    return output;
  });
}
