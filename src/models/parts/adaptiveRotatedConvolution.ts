import {
  concat,
  constant,
  convolution,
  cos,
  dropout,
  expand,
  greaterOrEqual,
  layer,
  matmul,
  mean,
  mul,
  neg,
  permute,
  relu,
  reshape,
  type Scope,
  sigmoid,
  sin,
  softsign,
  sum,
  type Value,
  where,
} from '../../engine/index.js';
import { convolutionLayer, layerNormLayer, linearLayer, transformerWeights } from '../../nn/index.js';

const largestAngle = (40 * Math.PI) / 180;
const routingDropout = 0.2;

/** Cells of a 3 x 3 kernel around its centre, clockwise from the top left: corners at even places, edges at odd. */
const ring = [0, 1, 2, 5, 8, 7, 6, 3];
const centre = 4;

/**
 * The rotation matrix in closed form: coefficients [4 x 81] of 1, cos, sin and cos sin, for a kernel that turns
 * `sense` = 1 (clockwise, angle of 0 or more) or -1. A corner keeps cos - sin and gives the rest to the next edge
 * cell; an edge cell spreads over itself, the next corner, the next edge cell and the centre.
 */
function rotationCoefficients(sense: 1 | -1): number[] {
  const coefficients = new Array<number>(4 * 81).fill(0);
  const set = (to: number, from: number, ...values: readonly number[]): void => {
    for (const [term, value] of values.entries()) coefficients[term * 81 + to * 9 + from] = value;
  };
  set(centre, centre, 1, 0, 0, 0);
  for (const [place, cell] of ring.entries()) {
    const ahead = (steps: number) => ring[(place + sense * steps + 8) % 8];
    if (place % 2 === 0) {
      set(cell, cell, 0, 1, -1, 0);
      set(cell, ahead(1), 1, -1, 1, 0);
    } else {
      set(cell, cell, 0, 1, 0, -1);
      set(cell, ahead(1), 0, 0, 0, 1);
      set(cell, ahead(2), 0, 0, 1, -1);
      set(cell, centre, 1, -1, -1, 1);
    }
  }
  return coefficients;
}

/**
 * How much of each kernel cell q the rotated kernel reads at cell p: bilinear weights at the rotated offset, which is
 * clamped to the kernel. Exact for angles within +-45 degrees; at 0 the derivative is that of the positive side.
 * [B, n] radians -> [B, n, 9, 9] (Pu et al. 2023, adaptive rotated convolution).
 */
export function rotationMatrix(thetas: Value): Value {
  const [batch, kernels] = thetas.shape;
  const angles = reshape(thetas, [batch * kernels, 1]);
  const clockwise = greaterOrEqual(angles, 0);
  const cosine = cos(angles);
  const sine = where(clockwise, sin(angles), neg(sin(angles)));
  const terms = concat([expand(scalarOne(), [batch * kernels, 1]), cosine, sine, mul(cosine, sine)], 1); // [B n, 4]
  const turned = (sense: 1 | -1) => matmul(terms, constant(rotationCoefficients(sense), [4, 81]));
  return reshape(where(clockwise, turned(1), turned(-1)), [batch, kernels, 9, 9]);
}

const scalarOne = (): Value => constant([1], [1, 1]);

/**
 * The kernel of each sample: n kernels rotated by their angles and mixed.
 * @param alphas [B, n]
 * @param weight [n, O, C, 3, 3]
 * @returns [B O, C, 3, 3]
 */
export function rotatedKernel(thetas: Value, alphas: Value, weight: Value): Value {
  const [batch, kernels] = thetas.shape;
  const [, outWidth, inWidth] = weight.shape;
  const mixing = mul(rotationMatrix(thetas), reshape(alphas, [batch, kernels, 1, 1])); // [B, n, 9, 9]
  const cells = reshape(weight, [1, kernels, outWidth * inWidth, 9]);
  const rotated = matmul(cells, mixing, { transposeB: true }); // [B, n, O C, 9]
  return reshape(sum(rotated, [1]), [batch * outWidth, inWidth, 3, 3]);
}

/** Weight and angle of each kernel, from the feature itself: alphas, thetas [B, n]. */
const routing = layer((scope: Scope, x: Value, kernels: number): { alphas: Value; thetas: Value } => {
  const channels = x.shape[1];
  const local = convolutionLayer(scope.child('dwc'), x, {
    width: channels,
    kernel: 3,
    groups: channels,
    bias: false,
    weights: transformerWeights,
  });
  const normed = layerNormLayer(scope.child('norm').child('norm'), permute(local, [0, 2, 3, 1])); // [B, H, W, C]
  const pooled = mean(relu(normed), [1, 2]); // [B, C]
  const dropped = (name: string) => dropout(scope, pooled, routingDropout, name);
  const alphas = sigmoid(linearLayer(scope.child('fc_alpha'), dropped('dropout1'), { width: kernels }));
  const direction = linearLayer(scope.child('fc_theta'), dropped('dropout2'), { width: kernels, bias: false });
  return { alphas, thetas: mul(softsign(direction), largestAngle) };
});

/**
 * Adaptive rotated convolution (ARC) of RMSIN's decoder: [B, C, H, W] -> [B, O, H, W].
 * Parameters: `weight` [n, O, C, 3, 3], `rounting_func.*` (spelled so in checkpoints).
 */
export const adaptiveRotatedConvolution = layer((scope: Scope, x: Value, width: number, kernels: number = 1) => {
  const [batch, channels, height, mapWidth] = x.shape;
  const { alphas, thetas } = routing(scope.child('rounting_func'), x, kernels);
  const deviation = Math.sqrt(2 / (9 * kernels * channels));
  const weight = scope.parameter('weight', [kernels, width, channels, 3, 3], {
    kind: 'normal',
    standardDeviation: deviation,
  });
  const rotatedWeight = rotatedKernel(thetas, alphas, weight);
  // Each sample has a kernel of its own: one convolution with a group per sample.
  const grouped = reshape(x, [1, batch * channels, height, mapWidth]);
  const y = convolution(grouped, rotatedWeight, null, { padding: 1, groups: batch });
  return { y: reshape(y, [batch, width, height, mapWidth]), alphas, thetas, rotatedWeight };
});
