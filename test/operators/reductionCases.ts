import * as e from '../../src/engine/index.js';
import { at, type Draw, type OperatorCase, type PlainTensor, shapeOf, tabulate, volume } from './cases.js';

type Reduce = (x: e.Value, axes: readonly number[], options: { keep: boolean }) => e.Value;

/** The elements that share all but the reduced axes, for each place of the result. */
function reduced(x: PlainTensor, axes: readonly number[], result: (elements: number[]) => number): Float64Array {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const inner = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  return tabulate(kept, (outer) =>
    result(
      Array.from(
        tabulate(inner, (index) =>
          at(
            x,
            index.map((place, axis) => place + outer[axis]),
          ),
        ),
      ),
    ),
  );
}

const total = (elements: readonly number[]) => elements.reduce((sum, value) => sum + value, 0);

const axesOf = (draw: Draw, rank: number): number[] => {
  const chosen = Array.from({ length: rank }, (_, axis) => axis).filter(() => draw.pick([true, false]));
  return chosen.length > 0 ? chosen : [draw.whole(0, rank - 1)];
};

export const reduction = (
  build: Reduce,
  plain: (elements: number[]) => number,
  fill: 'any' | 'distinct' = 'any',
): OperatorCase => ({
  family: 'sums',
  sample: (draw) => {
    const shape = shapeOf(draw, draw.whole(1, 4));
    const axes = axesOf(draw, shape.length);
    const keep = draw.pick([true, false]);
    return {
      inputs: [{ shape, fill }],
      build: (x) => build(x, axes, { keep }),
      reference: (x) => reduced(x, axes, plain),
    };
  },
});

const alongAxis = (
  build: (x: e.Value, axis: number) => e.Value,
  plain: (elements: readonly number[], element: number) => number,
): OperatorCase => ({
  family: 'sums',
  sample: (draw) => {
    const shape = shapeOf(draw, draw.whole(1, 3));
    const axis = draw.whole(0, shape.length - 1);
    return {
      inputs: [{ shape, fill: 'any' }],
      build: (x) => build(x, axis),
      reference: (x) =>
        tabulate(shape, (index) => {
          const line = Array.from({ length: shape[axis] }, (_, place) =>
            at(
              x,
              index.map((own, other) => (other === axis ? place : own)),
            ),
          );
          return plain(line, at(x, index));
        }),
    };
  },
});

const logSum = (elements: readonly number[]) => Math.log(total(elements.map(Math.exp)));

export const reductionCases = {
  argmax: {
    noGradient: 'it gives a position',
    family: 'exact',
    sample: (draw) => {
      const shape = shapeOf(draw, 2);
      return {
        inputs: [{ shape, fill: 'distinct' }],
        build: (x) => e.cast(e.argmax(x, 1), 'float32'),
        reference: (x) => reduced(x, [1], (elements) => elements.indexOf(Math.max(...elements))),
      };
    },
  },
  logSoftmax: alongAxis(e.logSoftmax, (line, element) => element - logSum(line)),
  max: reduction(e.max, (elements) => Math.max(...elements), 'distinct'),
  mean: reduction(e.mean, (elements) => total(elements) / elements.length),
  min: reduction(e.min, (elements) => Math.min(...elements), 'distinct'),
  softmax: alongAxis(e.softmax, (line, element) => Math.exp(element - logSum(line))),
  sum: reduction(e.sum, total),
} satisfies Record<string, OperatorCase>;

const variance = (elements: readonly number[], freedom: number) => {
  const middle = total(elements) / elements.length;
  return total(elements.map((value) => (value - middle) ** 2)) / (elements.length - freedom);
};

export const reductionComposites = {
  logSumExp: reduction(e.logSumExp, logSum, 'distinct'),
  variance: reduction(e.variance, (elements) => variance(elements, 0)),
  'variance, unbiased': {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.size(), draw.size() + 1];
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.variance(x, [1], { unbiased: true }),
        reference: (x) => reduced(x, [1], (elements) => variance(elements, 1)),
      };
    },
  },
} satisfies Record<string, OperatorCase>;

export { reduced, total, variance, volume };
