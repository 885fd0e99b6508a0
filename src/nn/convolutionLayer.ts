import { convolution, elementCount, type Initialiser, layer, type Scope, type Value } from '../engine/index.js';

export interface ConvolutionOptions {
  /** Output channels. */
  readonly width: number;
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros on each side; half the kernel when left out, so that stride 1 keeps the size. */
  readonly padding?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly weights?: Initialiser;
  readonly biases?: Initialiser;
}

/**
 * Convolution over a map: `[B, C, H, W] -> [B, out, H', W']`.
 * Parameters: `weight` [out, C / groups, k, k], `bias` [out]; both begin as PyTorch's, uniform in +-1 / sqrt(fan in),
 * unless the options say otherwise.
 */
export const convolutionLayer = layer((scope: Scope, x: Value, options: ConvolutionOptions): Value => {
  const { width, kernel, stride = 1, dilation = 1, groups = 1 } = options;
  const padding = options.padding ?? Math.floor(((kernel - 1) * dilation + 1) / 2);
  const shape = [width, x.shape[1] / groups, kernel, kernel];
  const weight = scope.parameter('weight', shape, options.weights ?? { kind: 'fanInUniform' });
  const fanIn = elementCount(shape.slice(1));
  const { biases = { kind: 'fanInUniform', fanIn } } = options;
  const bias = options.bias === false ? null : scope.parameter('bias', [width], biases);
  return convolution(x, weight, bias, { stride, padding, dilation, groups });
});
