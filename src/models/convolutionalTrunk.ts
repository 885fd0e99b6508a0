import { add, concat, constant, expand, layer, relu, type Scope, type Value } from '../engine/index.js';
import {
  convolutionLayer,
  type MapNorm,
  mapFromTokens,
  mapNormLayer,
  type TokenMap,
  tokensFromMap,
} from '../nn/index.js';
import type { Trunk } from './parts/trunk.js';

/**
 * Sizes of the small presets' trunk: residual 3 x 3 convolutions. From scratch, on little data and two cores, it
 * learns much more a minute than Swin; it is this project's choice, alike for every model, and no model's published
 * trunk.
 */
export interface ConvolutionalConfig {
  /** Channels of each stage. */
  readonly widths: readonly number[];
  /** Residual blocks of each stage. */
  readonly depths: readonly number[];
  readonly norm: MapNorm;
}

/** Two maps of -1 .. 1, left to right and top to bottom, beside the image: without them no convolution knows where it is. */
function withCoordinates(image: Value): Value {
  const [batch, , height, width] = image.shape;
  const line = (size: number) => Float32Array.from({ length: size }, (_, index) => ((index + 0.5) / size) * 2 - 1);
  const x = expand(constant(line(width), [1, 1, 1, width]), [batch, 1, height, width]);
  const y = expand(constant(line(height), [1, 1, height, 1]), [batch, 1, height, width]);
  return concat([image, x, y], 1);
}

/** Convolution, norm, ReLU. */
const convolutionBlock = layer(
  (scope: Scope, x: Value, width: number, kernel: number, stride: number, norm: MapNorm): Value => {
    const padding = stride === kernel ? 0 : Math.floor(kernel / 2);
    const map = convolutionLayer(scope.child('conv'), x, {
      width,
      kernel,
      stride,
      padding,
      bias: false,
      weights: { kind: 'kaimingNormal' },
    });
    return relu(mapNormLayer(scope.child('norm'), map, norm));
  },
);

/** Residual block of two 3 x 3 convolutions (He et al. 2016): [B, C, H, W] -> the same. */
const residualBlock = layer((scope: Scope, x: Value, norm: MapNorm): Value => {
  const width = x.shape[1];
  const hidden = convolutionBlock(scope.child('0'), x, width, 3, 1, norm);
  const second = convolutionLayer(scope.child('1').child('conv'), hidden, {
    width,
    kernel: 3,
    bias: false,
    weights: { kind: 'kaimingNormal' },
  });
  return relu(add(x, mapNormLayer(scope.child('1').child('norm'), second, norm)));
});

/** A residual network in pieces: a stem to a quarter of the size, blocks, 2 x 2 convolutions of stride 2 between stages. */
export function convolutionalTrunk(config: ConvolutionalConfig): Trunk {
  const { widths, depths, norm } = config;
  return {
    stages: widths.length,
    embed(scope, image) {
      const stem = scope.child('stem');
      const half = convolutionBlock(stem.child('0'), withCoordinates(image), Math.ceil(widths[0] * 0.75), 3, 2, norm);
      return tokensFromMap(convolutionBlock(stem.child('1'), half, widths[0], 2, 2, norm)); // [B, H W / 16, C]
    },
    stage(scope, x: TokenMap, index) {
      let map = mapFromTokens(x);
      for (let block = 0; block < depths[index]; block++) {
        map = residualBlock(scope.child('blocks').child(String(block)), map, norm);
      }
      return tokensFromMap(map);
    },
    merge: (scope, x, index) => tokensFromMap(convolutionBlock(scope, mapFromTokens(x), widths[index + 1], 2, 2, norm)),
  };
}
