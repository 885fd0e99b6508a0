export { clamp, gelu, hardSigmoid, hardSwish, relu, relu6, sigmoid, softplus, softsign } from './activation.js';
export {
  abs,
  add,
  addAll,
  div,
  maximum,
  minimum,
  mul,
  neg,
  type Operand,
  pow,
  sign,
  square,
  sub,
} from './arithmetic.js';
export { type AttentionOptions, attention } from './attention.js';
export { type BatchNormParameters, batchNorm } from './batchNormalisation.js';
export {
  cast,
  equal,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  where,
} from './comparison.js';
export { convolution } from './convolution.js';
export type { ConvolutionOptions, PerAxis } from './convolutionGeometry.js';
export { dropout, dropPath } from './dropout.js';
export { cos, erf, exp, log, reciprocal, sin, sqrt, tanh } from './exponential.js';
export { constantGather, embedding, flip, gather, oneHot, select, stack } from './gather.js';
export { gridSample } from './gridSample.js';
export { layerNorm } from './layerNormalisation.js';
export { concat, expand, pad, permute, reshape, roll, slice, split, zerosLike } from './layout.js';
export * from './losses/index.js';
export { dot, linear, matmul, transpose } from './matmul.js';
export { groupNorm, instanceNorm, standardise } from './normalisation.js';
export { adaptiveAveragePool, averagePool, maxPool, type PoolingOptions } from './pooling.js';
export {
  argmax,
  logSumExp,
  max,
  mean,
  min,
  sum,
  sumTo,
  variance,
} from './reduction.js';
export { type ResizeOptions, resizeBicubic, resizeBilinear, resizeNearest } from './resize.js';
export { reverse } from './reverse.js';
export { floor, round } from './rounding.js';
export { shift } from './shift.js';
export { logSoftmax, softmax } from './softmax.js';
export { stopGradient } from './stopGradient.js';
export { transposedConvolution } from './transposedConvolution.js';
