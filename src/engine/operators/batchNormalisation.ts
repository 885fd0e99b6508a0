import { constant } from '../leaves.js';
import { applyAll, type GradientContext, type Operator } from '../operator.js';
import { elementCount, type Value } from '../value.js';
import { clamp } from './activation.js';
import { add, div, mul, neg, sub } from './arithmetic.js';
import { requireType } from './broadcast.js';
import { allButChannels, channelAffine, perChannel } from './channelAffine.js';
import { reciprocal, sqrt } from './exponential.js';
import { mean, sum } from './reduction.js';
import { withStatistics } from './statisticsGradient.js';
import { stopGradient } from './stopGradient.js';

/** Most channels for which the gradient is refined. */
const refinedChannels = 4;

export const batchNormOperator: Operator<{ eps: number }> = {
  name: 'batchNorm',
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    const [x, ...affine] = inputs;
    if (x.shape.length < 2) throw new Error('the input needs the axes [B, C, ...]');
    const [, channels] = x.shape;
    for (const { shape } of affine) {
      if (shape.length !== 1 || shape[0] !== channels) throw new Error(`weight and bias need shape [${channels}]`);
    }
    const count = elementCount(x.shape) / channels;
    if (count < 2) throw new Error(`a channel of ${count} element has no variance: use more than one sample`);
    const statistics = { type: x.type, shape: [channels] };
    return [x, statistics, statistics];
  },
  emit: (graph, { attributes: { eps }, inputs: [x, weight, bias], outputs, inputTypes: [{ shape }] }) => {
    const [y, average, variance] = outputs;
    const axes = allButChannels(shape.length);
    const axesName = graph.constant(axes, [axes.length], 'int64');
    const [level, centred, squared] = [graph.temporary(), graph.temporary(), graph.temporary()];
    graph.node('ReduceMean', [x, axesName], [level]);
    graph.node('Sub', [x, level], [centred]);
    graph.node('Mul', [centred, centred], [squared]);
    graph.node('ReduceMean', [squared, axesName], [variance], { keepdims: { int: 0 } });
    graph.node('Squeeze', [level, axesName], [average]);
    // In its evaluation form, with the statistics just computed: one pass.
    graph.node('BatchNormalization', [x, weight, bias, average, variance], [y], { epsilon: { float: eps } });
  },
  gradient: (context, [g, gMean, gVariance]) => {
    const [gX, ...gAffine] = g ? batchNormGradient(context, g) : [null, null, null];
    if (!gMean && !gVariance) return [gX, ...gAffine];
    const { inputs, outputs } = context;
    const [{ shape }] = inputs;
    const open = (statistic: Value | null): Value | null => statistic && perChannel(statistic, shape.length);
    const centred = sub(inputs[0], perChannel(outputs[1], shape.length));
    const statistics = { gMean: open(gMean), gVariance: open(gVariance) };
    return [withStatistics(gX, centred, elementCount(shape) / shape[1], statistics), ...gAffine];
  },
};

function batchNormGradient(
  { attributes: { eps }, inputs: [x, weight], outputs: [, average, variance] }: GradientContext<{ eps: number }>,
  g: Value,
): readonly Value[] {
  const rank = x.shape.length;
  const axes = allButChannels(rank);
  const [, channels] = x.shape;
  const count = elementCount(x.shape) / channels;
  const shifted = add(variance, eps);
  const inverse = reciprocal(sqrt(shifted));
  const standard = channelAffine(x, inverse, neg(mul(average, inverse)));
  const gWeight = sum(mul(g, standard), axes);
  const gBias = sum(g, axes);
  const [tilt, level] = [mul(gWeight, 1 / count), mul(gBias, 1 / count)];
  const slope = mul(weight, inverse);
  if (channels > refinedChannels) {
    const rest = channelAffine(standard, neg(mul(slope, tilt)), neg(mul(slope, level)));
    return [add(mul(g, perChannel(slope, rank)), rest), gWeight, gBias];
  }
  // Long sums in single precision leave a little of level and tilt behind; where there are few channels a second
  // round costs next to nothing, and weights in front of it (RMSIN's one-channel branches) cancel as they should.
  const centred = sub(g, channelAffine(standard, tilt, level));
  const leftTilt = sub(mean(mul(centred, standard), axes), mul(tilt, div(eps, shifted)));
  const refined = sub(centred, channelAffine(standard, leftTilt, mean(centred, axes)));
  return [mul(refined, perChannel(slope, rank)), gWeight, gBias];
}

export interface BatchNormParameters {
  readonly weight: Value;
  readonly bias: Value;
  readonly runningMean: Value;
  readonly runningVariance: Value;
}

/** How far a batch's own statistics may stand from the running ones (the paper's last r_max and d_max). */
const [largestScale, largestShift] = [3, 5];

/**
 * Batch renormalisation (Ioffe 2017): what batch normalisation gives, brought from the batch's own level and deviation to
 * the running ones, as constants for the gradient. Training then sees what evaluation computes, also where a batch is a
 * single picture.
 */
function renormalised(
  x: Value,
  { weight, bias, runningMean, runningVariance }: BatchNormParameters,
  eps: number,
): { y: Value; average: Value; variance: Value } {
  const plain = (value: number): Value => constant(new Float32Array(x.shape[1]).fill(value), [x.shape[1]]);
  const [standard, average, variance] = applyAll(batchNormOperator, [x, plain(1), plain(0)], { eps });
  const deviation = sqrt(add(runningVariance, eps));
  const scale = clamp(div(sqrt(add(variance, eps)), deviation), 1 / largestScale, largestScale);
  const shift = clamp(div(sub(average, runningMean), deviation), -largestShift, largestShift);
  const [r, d] = [stopGradient(scale), stopGradient(shift)];
  return { y: channelAffine(standard, mul(weight, r), add(mul(weight, d), bias)), average, variance };
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of `[B, C, ...]` over all axes but C. In training with the batch's mean
 * and biased variance; the running statistics move towards it by `momentum`, the variance towards the unbiased one, as
 * in PyTorch. In evaluation with the running statistics, which come back as they are.
 * @param options.renormalise in training, batch renormalisation: for batches so small that their own statistics say
 *   little about other pictures
 * @throws Error in training when a channel has a single element
 */
export function batchNorm(
  x: Value,
  parameters: BatchNormParameters,
  options: {
    readonly training: boolean;
    readonly renormalise?: boolean;
    readonly momentum?: number;
    readonly eps?: number;
  },
): { y: Value; runningMean: Value; runningVariance: Value } {
  const { training, renormalise = false, momentum = 0.1, eps = 1e-5 } = options;
  const { weight, bias, runningMean, runningVariance } = parameters;
  if (!training) {
    const scale = div(weight, sqrt(add(runningVariance, eps)));
    return { y: channelAffine(x, scale, sub(bias, mul(runningMean, scale))), runningMean, runningVariance };
  }
  const normalised = (): { y: Value; average: Value; variance: Value } => {
    const [y, average, variance] = applyAll(batchNormOperator, [x, weight, bias], { eps });
    return { y, average, variance };
  };
  const { y, average, variance } = renormalise ? renormalised(x, parameters, eps) : normalised();
  const count = elementCount(x.shape) / x.shape[1];
  const moved = (running: Value, batch: Value, factor: number): Value =>
    add(mul(running, 1 - momentum), mul(batch, momentum * factor));
  return {
    y,
    runningMean: moved(runningMean, average, 1),
    runningVariance: moved(runningVariance, variance, count / (count - 1)),
  };
}
