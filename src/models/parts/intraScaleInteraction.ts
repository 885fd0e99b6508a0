import { add, layer, mean, mul, relu, reshape, type Scope, sigmoid, type Value } from '../../engine/index.js';
import { batchNormLayer, convolutionLayer, type TokenMap } from '../../nn/index.js';

/** BN(z) + BN(k z) + BN(K3 * BN(k' z)): three branches of different receptive field on one channel. */
function multiBranch(scope: Scope, z: Value, suffix: string): Value {
  const onePixel = (own: Scope, x: Value) => convolutionLayer(own, x, { width: 1, kernel: 1, padding: 0, bias: false });
  const identity = batchNormLayer(scope.child(`brb_identity${suffix}`), z);
  const point = scope.child(`brb_1x1${suffix}`);
  const scaled = batchNormLayer(point.child('bn'), onePixel(point.child('conv'), z));
  const wide = scope.child(`brb_3x3${suffix}`);
  const inner = batchNormLayer(wide.child('bn1'), onePixel(wide.child('conv1'), z));
  const smoothed = convolutionLayer(wide.child('conv2'), inner, { width: 1, kernel: 3, bias: false });
  return add(add(identity, scaled), batchNormLayer(wide.child('bn2'), smoothed));
}

/**
 * RMSIN's intra-scale interaction (IIM, CVPR 2024): the mean over channels, passed through branches of different
 * receptive field, weighs every position.
 * @param x square map of tokens [B, H W, C]
 * @returns residual: x weighted [B, H W, C]; channelMean and weight: [B, 1, H, W]
 * @throws Error when the map is not square, which the published module requires
 */
export const intraScaleInteraction = layer((scope: Scope, x: TokenMap) => {
  if (x.height !== x.width) {
    throw new Error(`RMSIN's IIM needs a square map, got ${x.height} x ${x.width}: use a square image`);
  }
  const [batch, positions] = x.tokens.shape;
  const own = scope.child('repblock');
  const channelMean = reshape(mean(x.tokens, [2]), [batch, 1, x.height, x.width]);
  const weight = sigmoid(multiBranch(own, relu(multiBranch(own, channelMean, '')), '_2'));
  return { channelMean, weight, residual: mul(x.tokens, reshape(weight, [batch, positions, 1])) };
});
