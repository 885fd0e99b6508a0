import type { Operator } from '../operator.js';
import type { ElementType } from '../value.js';
import * as activation from './activation.js';
import * as arithmetic from './arithmetic.js';
import { attentionOperator } from './attention.js';
import { batchNormOperator } from './batchNormalisation.js';
import { channelAffineOperator } from './channelAffine.js';
import * as comparison from './comparison.js';
import { convolutionOperator } from './convolution.js';
import type { ConvolutionGeometry } from './convolutionGeometry.js';
import * as exponential from './exponential.js';
import * as gather from './gather.js';
import { type GridSampleAttributes, gridSampleOperator } from './gridSample.js';
import { layerNormOperator } from './layerNormalisation.js';
import * as layout from './layout.js';
import { logisticLossOperator } from './losses/logisticLoss.js';
import { gemmOperator, type MatmulAttributes, matmulOperator } from './matmul.js';
import { type StandardiseAttributes, standardiseOperator } from './normalisation.js';
import * as pooling from './pooling.js';
import * as reduction from './reduction.js';
import { reverseOperator } from './reverse.js';
import { floorOperator, roundOperator } from './rounding.js';
import { type ShiftAttributes, shiftOperator } from './shift.js';
import { logSoftmaxOperator, softmaxOperator } from './softmax.js';
import { stopGradientOperator } from './stopGradient.js';
import { type TransposedGeometry, transposedConvolutionOperator } from './transposedConvolution.js';

/** Every operator's name with the type of its attributes. */
export interface OperatorAttributes {
  readonly abs: null;
  readonly add: null;
  readonly addAll: null;
  readonly argmax: { axis: number; keep: boolean };
  readonly attention: { scale: number };
  readonly averagePool: pooling.AveragePoolAttributes;
  readonly batchNorm: { eps: number };
  readonly cast: { to: ElementType };
  readonly channelAffine: null;
  readonly clamp: { low: number; high: number };
  readonly concat: { axis: number };
  readonly constantGather: gather.ConstantGatherAttributes;
  readonly convolution: ConvolutionGeometry;
  readonly cos: null;
  readonly div: null;
  readonly equal: null;
  readonly erf: null;
  readonly exp: null;
  readonly expand: { shape: readonly number[] };
  readonly floor: null;
  readonly gather: { axis: number; padding: number | null };
  readonly gelu: { approximate: 'none' | 'tanh' };
  readonly gemm: { transposeA: boolean; transposeB: boolean };
  readonly greater: null;
  readonly greaterOrEqual: null;
  readonly gridSample: GridSampleAttributes;
  readonly hardSigmoid: { alpha: number; beta: number };
  readonly hardSwish: null;
  readonly layerNorm: { axis: number; eps: number };
  readonly less: null;
  readonly lessOrEqual: null;
  readonly log: null;
  readonly logSoftmax: { axis: number };
  readonly logicalAnd: null;
  readonly logicalNot: null;
  readonly logicalOr: null;
  readonly logisticLoss: null;
  readonly matmul: MatmulAttributes;
  readonly max: reduction.ReductionAttributes;
  readonly maxPool: pooling.PoolingGeometry;
  readonly maximum: null;
  readonly mean: reduction.ReductionAttributes;
  readonly min: reduction.ReductionAttributes;
  readonly minimum: null;
  readonly mul: null;
  readonly neg: null;
  readonly pad: layout.PadAttributes;
  readonly permute: { order: readonly number[] };
  readonly pow: null;
  readonly reciprocal: null;
  readonly relu: null;
  readonly reshape: { shape: readonly number[] };
  readonly reverse: { axes: readonly number[] };
  readonly round: null;
  readonly addRows: { size: number };
  readonly scatterRows: { size: number };
  readonly shift: ShiftAttributes;
  readonly sigmoid: null;
  readonly sign: null;
  readonly sin: null;
  readonly slice: layout.SliceAttributes;
  readonly softmax: { axis: number };
  readonly softplus: null;
  readonly softsign: null;
  readonly split: { axis: number; sizes: readonly number[] };
  readonly sqrt: null;
  readonly standardise: StandardiseAttributes;
  readonly stopGradient: null;
  readonly sub: null;
  readonly sum: reduction.ReductionAttributes;
  readonly tanh: null;
  readonly transposedConvolution: TransposedGeometry;
  readonly where: null;
  readonly zerosLike: null;
}

export type OperatorName = keyof OperatorAttributes;

/** One complete record a name: a missing operator, shape rule, emission or gradient rule does not compile. */
export type OperatorTable = { readonly [Name in OperatorName]: Operator<OperatorAttributes[Name]> };

/** All operators by name. Tests run over this table, so that a new operator is tested by standing here. */
export const operatorTable: OperatorTable = {
  abs: arithmetic.absOperator,
  add: arithmetic.addOperator,
  addAll: arithmetic.addAllOperator,
  argmax: reduction.argmaxOperator,
  attention: attentionOperator,
  averagePool: pooling.averagePoolOperator,
  batchNorm: batchNormOperator,
  cast: comparison.castOperator,
  channelAffine: channelAffineOperator,
  clamp: activation.clampOperator,
  concat: layout.concatOperator,
  constantGather: gather.constantGatherOperator,
  convolution: convolutionOperator,
  cos: exponential.cosOperator,
  div: arithmetic.divOperator,
  equal: comparison.equalOperator,
  erf: exponential.erfOperator,
  exp: exponential.expOperator,
  expand: layout.expandOperator,
  floor: floorOperator,
  gather: gather.gatherOperator,
  gelu: activation.geluOperator,
  gemm: gemmOperator,
  greater: comparison.greaterOperator,
  greaterOrEqual: comparison.greaterOrEqualOperator,
  gridSample: gridSampleOperator,
  hardSigmoid: activation.hardSigmoidOperator,
  hardSwish: activation.hardSwishOperator,
  layerNorm: layerNormOperator,
  less: comparison.lessOperator,
  lessOrEqual: comparison.lessOrEqualOperator,
  log: exponential.logOperator,
  logSoftmax: logSoftmaxOperator,
  logicalAnd: comparison.logicalAndOperator,
  logicalNot: comparison.logicalNotOperator,
  logicalOr: comparison.logicalOrOperator,
  logisticLoss: logisticLossOperator,
  matmul: matmulOperator,
  max: reduction.maxOperator,
  maxPool: pooling.maxPoolOperator,
  maximum: arithmetic.maximumOperator,
  mean: reduction.meanOperator,
  min: reduction.minOperator,
  minimum: arithmetic.minimumOperator,
  mul: arithmetic.mulOperator,
  neg: arithmetic.negOperator,
  pad: layout.padOperator,
  permute: layout.permuteOperator,
  pow: arithmetic.powOperator,
  reciprocal: exponential.reciprocalOperator,
  relu: activation.reluOperator,
  reshape: layout.reshapeOperator,
  reverse: reverseOperator,
  round: roundOperator,
  addRows: gather.addRowsOperator,
  scatterRows: gather.scatterRowsOperator,
  shift: shiftOperator,
  sigmoid: activation.sigmoidOperator,
  sign: arithmetic.signOperator,
  sin: exponential.sinOperator,
  slice: layout.sliceOperator,
  softmax: softmaxOperator,
  softplus: activation.softplusOperator,
  softsign: activation.softsignOperator,
  split: layout.splitOperator,
  sqrt: exponential.sqrtOperator,
  standardise: standardiseOperator,
  stopGradient: stopGradientOperator,
  sub: arithmetic.subOperator,
  sum: reduction.sumOperator,
  tanh: exponential.tanhOperator,
  transposedConvolution: transposedConvolutionOperator,
  where: comparison.whereOperator,
  zerosLike: layout.zerosLikeOperator,
};
