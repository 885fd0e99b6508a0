import { concat, layer, relu, resizeBilinear, type Scope, type Value } from '../../engine/index.js';
import { convolutionLayer, type MapNorm, mapNormLayer } from '../../nn/index.js';

/** How the second convolution of a decoder level is made: a plain one, or RMSIN's rotated one. */
export type SecondConvolution = (scope: Scope, x: Value, width: number) => Value;

export const plainSecondConvolution: SecondConvolution = (scope, x, width) =>
  convolutionLayer(scope, x, { width, kernel: 3, bias: false });

/**
 * LAVT's decoder (section 3.4): from the deepest map upwards, each level joins the upsampled map with the next finer
 * one and passes two 3 x 3 convolutions.
 * @param features finest first, each [B, C 2^i, H / 2^i, W / 2^i]
 * @param options.width channels of every level; half of the deepest map's when left out
 * @param options.alignCorners how maps are enlarged; true, as published, when left out. A map whose cells each stand for a
 *   square of the image (a trunk of strided convolutions, pictures resized by area) is pushed outwards by it, by half a
 *   cell at the border
 * @returns the last level's map before `conv1_1` and the logits [B, 2, H, W] at the size of the finest map
 */
export const topDownDecoder = layer(
  (
    scope: Scope,
    features: readonly Value[],
    options: { width?: number; norm?: MapNorm; alignCorners?: boolean; secondConvolution?: SecondConvolution } = {},
  ): { map: Value; logits: Value } => {
    const deepest = features[features.length - 1];
    const width = options.width ?? deepest.shape[1] / 2;
    const { norm = 'batch', alignCorners = true, secondConvolution = plainSecondConvolution } = options;
    let y = deepest;
    for (let level = features.length; level >= 2; level--) {
      const skip = features[level - 2];
      const [, , height, skipWidth] = skip.shape;
      const smaller = y.shape[2] < height || y.shape[3] < skipWidth;
      const upsampled = smaller ? resizeBilinear(y, [height, skipWidth], { alignCorners }) : y;
      const joined = concat([upsampled, skip], 1); // [B, width + C, H, W]
      const first = convolutionLayer(scope.child(`conv1_${level}`), joined, { width, kernel: 3, bias: false });
      const normed = relu(mapNormLayer(scope.child(`bn1_${level}`), first, norm));
      const second = secondConvolution(scope.child(`conv2_${level}`), normed, width);
      y = relu(mapNormLayer(scope.child(`bn2_${level}`), second, norm));
    }
    return { map: y, logits: convolutionLayer(scope.child('conv1_1'), y, { width: 2, kernel: 1, padding: 0 }) };
  },
);
