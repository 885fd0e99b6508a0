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
export { cos, erf, exp, log, reciprocal, sin, sqrt, tanh } from './exponential.js';
export { constantGather, embedding, flip, gather, oneHot, padAxes, select, stack } from './gather.js';
export { concat, expand, pad, permute, reshape, roll, slice, split, zerosLike } from './layout.js';
export { dot, linear, matmul, transpose } from './matmul.js';
export {
  argmax,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  sumTo,
  variance,
} from './reduction.js';
