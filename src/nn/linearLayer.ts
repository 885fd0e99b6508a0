import { type Initialiser, layer, linear, reshape, type Scope, type Value, zeros } from '../engine/index.js';

/** Truncated normal of deviation 0.02, with which transformers begin their linear layers. */
export const transformerWeights: Initialiser = { kind: 'truncatedNormal', standardDeviation: 0.02 };

export interface LinearOptions {
  /** Output width. */
  readonly width: number;
  readonly bias?: boolean;
  readonly weights?: Initialiser;
}

/**
 * Linear layer over the last axis: `[..., in] -> [..., out]`.
 * Parameters: `weight` [out, in], `bias` [out].
 */
export const linearLayer = layer((scope: Scope, x: Value, options: LinearOptions): Value => {
  const inWidth = x.shape[x.shape.length - 1];
  const weight = scope.parameter('weight', [options.width, inWidth], options.weights ?? transformerWeights);
  const bias = options.bias === false ? null : scope.parameter('bias', [options.width], zeros);
  return linear(x, weight, bias);
});

/**
 * A convolution of kernel 1 over positions, `[B, N, in] -> [B, N, out]`, with the parameters of PyTorch's Conv1d:
 * `weight` [out, in, 1], `bias` [out].
 */
export const pointwiseLayer = layer((scope: Scope, x: Value, options: LinearOptions): Value => {
  const inWidth = x.shape[x.shape.length - 1];
  const weights = options.weights ?? { kind: 'fanInUniform', fanIn: inWidth };
  const weight = scope.parameter('weight', [options.width, inWidth, 1], weights);
  const bias =
    options.bias === false ? null : scope.parameter('bias', [options.width], { kind: 'fanInUniform', fanIn: inWidth });
  return linear(x, reshape(weight, [options.width, inWidth]), bias);
});
