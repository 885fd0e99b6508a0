import { add, concat, layer, relu, resizeBilinear, type Scope, type Value, zeros } from '../../engine/index.js';
import { convolutionLayer, type MapNorm, mapNormLayer } from '../../nn/index.js';

/** Width of the refinement's maps and how they are normalised. */
export interface RefinementConfig {
  readonly width: number;
  readonly norm: MapNorm;
  /** How maps are enlarged, as in the decoder; true when left out. */
  readonly alignCorners?: boolean;
}

/** Edges and textures of the image at half of its size, which no word changes: [B, 3, H, W] -> [B, width, H / 2, W / 2]. */
export const imageEdges = layer((scope: Scope, image: Value, { width, norm }: RefinementConfig): Value => {
  const edges = convolutionLayer(scope.child('edges'), image, {
    width,
    kernel: 3,
    stride: 2,
    bias: false,
    weights: { kind: 'kaimingNormal' },
  });
  return relu(mapNormLayer(scope.child('edges_norm'), edges, norm));
});

/**
 * Sharpens a decoder's logits from a quarter of the image's size to half of it (this project's choice, for any model):
 * what lies in a cell of 4 x 4 pixels cannot be told apart at a quarter, and in aerial pictures the median target of
 * many sets is not 8 pixels wide. As RefineNet's and PointRend's kind do, edges of the image itself join the decoder's
 * map; the result is added to the coarse logits and begins at nothing.
 * @param edges [B, width, H / 2, W / 2], see imageEdges
 * @param map [B, C, H / 4, W / 4], the decoder's last
 * @param logits [B, 2, H / 4, W / 4]
 * @returns logits [B, 2, H / 2, W / 2]
 */
export const halfSizeRefinement = layer(
  (scope: Scope, edges: Value, map: Value, logits: Value, config: RefinementConfig): Value => {
    const { width, norm, alignCorners = true } = config;
    const size = [edges.shape[2], edges.shape[3]] as const;
    const upsampled = (value: Value) => resizeBilinear(value, size, { alignCorners });
    const meant = upsampled(convolutionLayer(scope.child('map'), map, { width, kernel: 1, padding: 0 }));
    const joined = concat([edges, meant], 1); // [B, 2 width, H / 2, W / 2]
    const mixed = convolutionLayer(scope.child('mix'), joined, {
      width,
      kernel: 3,
      bias: false,
      weights: { kind: 'kaimingNormal' },
    });
    const hidden = relu(mapNormLayer(scope.child('mix_norm'), mixed, norm));
    const correction = convolutionLayer(scope.child('correction'), hidden, {
      width: 2,
      kernel: 1,
      padding: 0,
      bias: false,
      weights: zeros,
    });
    return add(upsampled(logits), correction);
  },
);
