import * as e from '../../src/engine/index.js';
import { at, type OperatorCase, type PlainTensor, shapeOf, tabulate } from './cases.js';

/** Each element less the mean of its group, over the group's deviation. */
function standardised(x: PlainTensor, groupOf: (index: readonly number[]) => string, eps: number): PlainTensor {
  const groups = new Map<string, number[]>();
  tabulate(x.shape, (index) => {
    const group = groups.get(groupOf(index)) ?? [];
    groups.set(groupOf(index), [...group, at(x, index)]);
    return 0;
  });
  const data = tabulate(x.shape, (index) => {
    const group = groups.get(groupOf(index)) ?? [];
    const middle = group.reduce((sum, value) => sum + value, 0) / group.length;
    const variance = group.reduce((sum, value) => sum + (value - middle) ** 2, 0) / group.length;
    return (at(x, index) - middle) / Math.sqrt(variance + eps);
  });
  return { shape: x.shape, data };
}

const scaled = (
  x: PlainTensor,
  weight: PlainTensor,
  bias: PlainTensor,
  read: (index: readonly number[]) => readonly number[],
) => tabulate(x.shape, (index) => at(x, index) * at(weight, read(index)) + at(bias, read(index)));

// An eps of this size keeps the slopes of groups of few elements moderate.
const eps = 0.05;

export const normalisationCases = {
  batchNorm: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.whole(2, 3), draw.size(), ...shapeOf(draw, draw.whole(0, 2))];
      const channels = [shape[1]];
      return {
        inputs: [shape, channels, channels, channels, channels].map((own) => ({
          shape: own,
          fill: 'positive' as const,
        })),
        build: (x, weight, bias, runningMean, runningVariance) =>
          e.batchNorm(x, { weight, bias, runningMean, runningVariance }, { training: true, eps }).y,
        reference: (x, weight, bias) =>
          scaled(
            standardised(x, (index) => `${index[1]}`, eps),
            weight,
            bias,
            (index) => [index[1]],
          ),
      };
    },
  },
  stopGradient: {
    family: 'exact',
    noGradient: 'it is there to stop it',
    sample: (draw) => ({
      inputs: [{ shape: shapeOf(draw, draw.whole(0, 3)), fill: 'any' }],
      build: (x) => e.stopGradient(x),
      reference: (x) => x.data,
    }),
  },
  channelAffine: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.whole(1, 3), draw.size(), ...shapeOf(draw, draw.whole(0, 2))];
      const channels = [shape[1]];
      return {
        inputs: [shape, channels, channels, channels, channels].map((own) => ({
          shape: own,
          fill: 'positive' as const,
        })),
        build: (x, weight, bias, runningMean, runningVariance) =>
          e.batchNorm(x, { weight, bias, runningMean, runningVariance }, { training: false, eps }).y,
        reference: (x, weight, bias, runningMean, runningVariance) =>
          tabulate(shape, (index) => {
            const channel = [index[1]];
            const standard = (at(x, index) - at(runningMean, channel)) / Math.sqrt(at(runningVariance, channel) + eps);
            return standard * at(weight, channel) + at(bias, channel);
          }),
      };
    },
  },
  layerNorm: {
    family: 'sums',
    sample: (draw) => {
      const shape = [...shapeOf(draw, draw.whole(1, 2)), draw.size() + 1];
      const axes = draw.whole(1, shape.length);
      const trailing = shape.slice(shape.length - axes);
      return {
        inputs: [shape, trailing, trailing].map((own) => ({ shape: own, fill: 'any' as const })),
        build: (x, weight, bias) => e.layerNorm(x, weight, bias, { eps, axes }),
        reference: (x, weight, bias) =>
          scaled(
            standardised(x, (index) => index.slice(0, -axes).join(), eps),
            weight,
            bias,
            (index) => index.slice(-axes),
          ),
      };
    },
  },
  standardise: {
    family: 'sums',
    sample: (draw) => {
      const shape = shapeOf(draw, 3);
      const axis = draw.whole(0, 2);
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.standardise(x, { axis, eps }),
        reference: (x) => standardised(x, (index) => index.filter((_, other) => other !== axis).join(), eps).data,
      };
    },
  },
} satisfies Record<string, OperatorCase>;

export const normalisationComposites = {
  groupNorm: {
    family: 'sums',
    sample: (draw) => {
      const groups = draw.whole(1, 3);
      const perGroup = draw.whole(1, 2);
      const shape = [draw.whole(1, 2), groups * perGroup, draw.size(), draw.size()];
      return {
        inputs: [shape, [shape[1]], [shape[1]]].map((own) => ({ shape: own, fill: 'any' as const })),
        build: (x, weight, bias) => e.groupNorm(x, groups, weight, bias, { eps }),
        reference: (x, weight, bias) =>
          scaled(
            standardised(x, ([batch, channel]) => `${batch} ${Math.floor(channel / perGroup)}`, eps),
            weight,
            bias,
            (index) => [index[1]],
          ),
      };
    },
  },
  instanceNorm: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.whole(1, 2), draw.size(), draw.size(), draw.size()];
      return {
        inputs: [shape, [shape[1]], [shape[1]]].map((own) => ({ shape: own, fill: 'any' as const })),
        build: (x, weight, bias) => e.instanceNorm(x, { eps, weight, bias }),
        reference: (x, weight, bias) =>
          scaled(
            standardised(x, ([batch, channel]) => `${batch} ${channel}`, eps),
            weight,
            bias,
            (index) => [index[1]],
          ),
      };
    },
  },
} satisfies Record<string, OperatorCase>;
