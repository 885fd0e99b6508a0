import {
  adaptiveAveragePool,
  add,
  concat,
  hardSigmoid,
  hardSwish,
  layer,
  matmul,
  mul,
  permute,
  relu6,
  reshape,
  resizeBilinear,
  type Scope,
  slice,
  softmax,
  split,
  type Value,
} from '../../engine/index.js';
import { batchNormLayer, convolutionLayer, linearLayer } from '../../nn/index.js';

const heads = 8;
const keyWidth = 32;
const valueWidth = 64;

const pointConvolution = (scope: Scope, x: Value, width: number): Value =>
  convolutionLayer(scope, x, { width, kernel: 1, padding: 0 });

/** BN, 1 x 1 to 2n, BN, 3 x 3 in n groups, ReLU6, 1 x 1 to n: [B, n, S, S] -> the same. */
const feedForward = layer((scope: Scope, x: Value): Value => {
  const width = x.shape[1];
  const widened = pointConvolution(scope.child('conv1'), batchNormLayer(scope.child('bn1'), x), 2 * width);
  const normed = batchNormLayer(scope.child('bn2'), widened);
  const mixed = convolutionLayer(scope.child('conv2'), normed, { width: 2 * width, kernel: 3, groups: width });
  return pointConvolution(scope.child('conv3'), relu6(mixed), width);
});

/** Each quarter-scale group of channels (C/4, C/2, C, 2C) passes its own u + FF(u). */
const intraScaleFeedForward = layer((scope: Scope, z: Value, groups: readonly number[]): Value => {
  const parts = split(z, 1, groups).map((part, index) =>
    add(part, feedForward(scope.child(`ff${index + 1}`).child('m'), part)),
  );
  return concat(parts, 1);
});

/** Map [B, C, h, w] -> tokens [B, h w, C]. */
const toTokens = (x: Value): Value => permute(reshape(x, [x.shape[0], x.shape[1], x.shape[2] * x.shape[3]]), [0, 2, 1]);

/**
 * Attention of all tokens of three scales. Two results are read again as matrices without a transpose, as the
 * published weights require.
 * @param tokens [B, T, d]; the first S^2 are those of the full scale
 * @returns [B, d, S, S]
 */
const crossScaleAttention = layer((scope: Scope, tokens: Value, side: number): Value => {
  const [batch, total, width] = tokens.shape;
  const area = side * side;
  const qkvScope = scope.child('qkv');
  const perHead = 2 * keyWidth + valueWidth;
  const projected = linearLayer(qkvScope.child('c'), tokens, { width: heads * perHead, bias: false });
  const normed = batchNormLayer(qkvScope.child('bn'), reshape(projected, [batch * total, heads * perHead]));
  const parts = permute(reshape(normed, [batch, total, heads, perHead]), [0, 2, 1, 3]); // [B, 8, T, 128]
  const [query, key, value] = split(parts, 3, [keyWidth, keyWidth, valueWidth]);

  const weights = softmax(matmul(query, key, { transposeB: true, alpha: keyWidth ** -0.5 }));
  const attended = permute(matmul(weights, value), [0, 2, 1, 3]); // [B, T, 8, 64]
  const rows = reshape(attended, [batch, heads * valueWidth, total]);
  const global = linearLayer(scope.child('proj'), rows, { width: area }); // [B, 512, S^2]

  const local = reshape(slice(value, 2, 0, area), [batch, heads * valueWidth, side, side]);
  const smoothed = convolutionLayer(scope.child('parallel_conv').child('1'), hardSwish(local), {
    width: heads * valueWidth,
    kernel: 3,
    groups: heads * valueWidth,
  });

  const summed = add(global, reshape(smoothed, [batch, heads * valueWidth, area]));
  const out = linearLayer(scope.child('to_out'), permute(summed, [0, 2, 1]), { width }); // [B, S^2, d]
  return reshape(permute(out, [0, 2, 1]), [batch, width, side, side]);
});

/** The map and two strided copies of it attend to each other: [B, d, S, S] -> the same. */
const crossScaleBranch = layer((scope: Scope, z: Value): Value => {
  const [, width, side] = z.shape;
  const full = batchNormLayer(scope.child('bn1'), z);
  const strided = (name: string, kernel: number, stride: number): Value => {
    const own = scope.child(name);
    const options = { width, kernel, stride, groups: width };
    return batchNormLayer(own.child('1'), convolutionLayer(own.child('0'), full, options));
  };
  const scales = [full, strided('DWConv1', 3, 2), strided('DWConv2', 5, 3)];
  const attended = crossScaleAttention(scope.child('attention'), concat(scales.map(toTokens), 1), side);
  return pointConvolution(scope.child('conv'), hardSwish(batchNormLayer(scope.child('bn4'), attended)), width);
});

/** Local feature times a gate of the global one, plus the global one (scale-aware gate). */
const scaleAwareGate = layer((scope: Scope, local: Value, global: Value): Value => {
  const [, width, height, mapWidth] = local.shape;
  const embed = (convolution: string, norm: string, x: Value) =>
    batchNormLayer(scope.child(norm), pointConvolution(scope.child(convolution), x, width));
  const resized = (x: Value) => resizeBilinear(x, [height, mapWidth], { alignCorners: false });
  const gate = resized(hardSigmoid(embed('global_act', 'bn3', global)));
  const embedded = resized(embed('global_embedding', 'bn2', global));
  return add(mul(embed('local_embedding', 'bn1', local), gate), embedded);
});

/**
 * RMSIN's cross-scale interaction (CIM, CVPR 2024), between encoder and decoder.
 * @param features four maps, finest first; the deepest is S x S
 * @returns `maps` for the decoder, and the intermediates that the reference tensors name
 */
export const crossScaleInteraction = layer((scope: Scope, features: readonly Value[]) => {
  const side = features[features.length - 1].shape[2];
  const widths = features.map((map) => map.shape[1]);
  const total = widths.reduce((sum, width) => sum + width, 0);
  const pooled = concat(
    features.map((map) => adaptiveAveragePool(map, [side, side])),
    1,
  ); // [B, 15 C, S, S]
  const down = pointConvolution(scope.child('down_channel'), pooled, Math.floor(total / 4));

  const block = scope.child('block').child('0');
  const quarters = widths.map((width) => Math.floor(width / 4));
  const csa1 = add(down, crossScaleBranch(block.child('csa1').child('m'), down));
  const intra = add(csa1, intraScaleFeedForward(block.child('intra_ff').child('m'), csa1, quarters));
  const csa2 = add(intra, crossScaleBranch(block.child('csa2').child('m'), intra));
  const ff = add(csa2, feedForward(block.child('ff').child('m'), csa2));

  const up = pointConvolution(scope.child('up_channel'), batchNormLayer(scope.child('bn'), ff), total);
  const groups = split(up, 1, widths);
  const maps = features.map((map, scale) =>
    scaleAwareGate(scope.child('fusion').child(String(scale)), map, groups[scale]),
  );
  return { maps, pooled, down, csa1, intra_ff: intra, csa2, ff, up };
});
