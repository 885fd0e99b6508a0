import { applyAll, type GradientContext, naming, type Operator } from '../operator.js';
import { elementCount, type Value } from '../value.js';
import { add, div, mul, sub } from './arithmetic.js';
import { axisOf, requireType, requireWhole } from './broadcast.js';
import { channelAffine } from './channelAffine.js';
import { sqrt } from './exponential.js';
import { layerNorm } from './layerNormalisation.js';
import { reshape } from './layout.js';
import { mean, meanOperator } from './reduction.js';
import { withStatistics } from './statisticsGradient.js';

export interface StandardiseAttributes {
  readonly axes: readonly number[];
  readonly eps: number;
}

/** Most statistics for which the gradient is refined. */
const refinedStatistics = 4;

export const standardiseOperator: Operator<StandardiseAttributes> = {
  name: 'standardise',
  infer: (inputs, { axes }) => {
    requireType(inputs, 'float32', 'float16');
    const [x] = inputs;
    const statistics = { type: x.type, shape: x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) };
    return [x, statistics, statistics];
  },
  emit: (graph, { attributes: { axes, eps }, inputs: [x], outputs, inputTypes, outputTypes }) => {
    const [y, average, variance] = outputs;
    const [{ type }] = inputTypes;
    const attributes = { axes, keep: true };
    const emitMean = (from: string, to: string): void =>
      meanOperator.emit(graph, {
        attributes,
        inputs: [from],
        outputs: [to],
        inputTypes,
        outputTypes: [outputTypes[1]],
      });
    const temporary = () => graph.temporary();
    const [centred, squared, shifted, deviation] = [temporary(), temporary(), temporary(), temporary()];
    emitMean(x, average);
    graph.node('Sub', [x, average], [centred]);
    graph.node('Mul', [centred, centred], [squared]);
    emitMean(squared, variance);
    graph.node('Add', [variance, graph.constant([eps], [], type)], [shifted]);
    graph.node('Sqrt', [shifted], [deviation]);
    graph.node('Div', [centred, deviation], [y]);
  },
  gradient: (context, [g, gMean, gVariance]) => {
    const { attributes, outputs } = context;
    const [y, , variance] = outputs;
    const own = g && standardiseGradient(context, g);
    if (!gMean && !gVariance) return [own];
    const count = elementCount(y.shape) / elementCount(variance.shape);
    const centred = mul(y, sqrt(add(variance, attributes.eps)));
    return [withStatistics(own, centred, count, { gMean, gVariance })];
  },
};

function standardiseGradient(
  { attributes: { axes, eps }, outputs: [y, , variance] }: GradientContext<StandardiseAttributes>,
  g: Value,
): Value {
  const level = mean(g, axes, { keep: true });
  const tilt = mean(mul(g, y), axes, { keep: true });
  const shifted = add(variance, eps);
  const centred = sub(g, add(mul(y, tilt), level));
  if (elementCount(variance.shape) > refinedStatistics) return div(centred, sqrt(shifted));
  // Long sums in single precision leave a little of level and tilt behind; where a norm has few statistics a second
  // round costs next to nothing, and weights in front of it (RMSIN's one-channel branches) cancel as they should.
  const leftTilt = sub(mean(mul(centred, y), axes, { keep: true }), mul(tilt, div(eps, shifted)));
  const refined = sub(centred, add(mul(y, leftTilt), mean(centred, axes, { keep: true })));
  return div(refined, sqrt(shifted));
}

/** The standardised values with the mean and the biased variance, whose reduced axes stay with size 1. */
function standardiseAxes(x: Value, axes: readonly number[], eps: number): readonly Value[] {
  return applyAll(standardiseOperator, [x], { axes, eps });
}

/**
 * Zero mean and unit (biased) variance along one axis, without weight and bias: InstanceNorm over the positions of
 * tokens [B, N, C] is axis 1.
 */
export function standardise(x: Value, options: { readonly axis?: number; readonly eps?: number } = {}): Value {
  const { axis = -1, eps = 1e-5 } = options;
  const resolved = axisOf('standardise', x, axis);
  if (resolved === x.shape.length - 1) return layerNorm(x, null, null, { eps });
  return standardiseAxes(x, [resolved], eps)[0];
}

/**
 * Instance normalisation (Ulyanov et al. 2016) of `[B, C, ...]`: each map to zero mean and unit (biased) variance,
 * then weight and bias [C] if given.
 */
export function instanceNorm(
  x: Value,
  options: { readonly eps?: number; readonly weight?: Value | null; readonly bias?: Value | null } = {},
): Value {
  const { eps = 1e-5, weight, bias } = options;
  return channelAffine(layerNorm(x, null, null, { eps, axes: x.shape.length - 2 }), weight, bias);
}

/**
 * Group normalisation (Wu and He 2018) of `[B, C, ...]`: channels in `groups` runs of neighbours, each normalised
 * together with its maps, then weight and bias [C].
 */
export function groupNorm(
  x: Value,
  groups: number,
  weight: Value | null,
  bias: Value | null,
  options: { readonly eps?: number } = {},
): Value {
  const [batch, channels] = x.shape;
  naming('groupNorm', [x], () => {
    requireWhole([groups], 1, 'groups');
    if (channels % groups !== 0) throw new Error(`${channels} channels do not split into ${groups} groups`);
  });
  const each = elementCount(x.shape.slice(1)) / groups;
  const flat = layerNorm(reshape(x, [batch, groups, each]), null, null, { eps: options.eps ?? 1e-5 });
  return channelAffine(reshape(flat, x.shape), weight, bias);
}
