import * as e from '../../src/engine/index.js';
import { logisticLoss } from '../../src/engine/operators/losses/logisticLoss.js';
import { at, type OperatorCase, type PlainTensor, shapeOf, tabulate, volume } from './cases.js';

const probabilities = (logits: PlainTensor): PlainTensor => {
  const classes = logits.shape[1];
  const power = (index: readonly number[], channel: number) =>
    Math.exp(at(logits, [index[0], channel, ...index.slice(2)]));
  return {
    shape: logits.shape,
    data: tabulate(logits.shape, (index) => {
      let total = 0;
      for (let channel = 0; channel < classes; channel++) total += power(index, channel);
      return power(index, index[1]) / total;
    }),
  };
};

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

const logistic = (z: number) => 1 / (1 + Math.exp(-z));

const elementLoss = (
  build: (logits: e.Value, target: e.Value) => e.Value,
  plain: (z: number, t: number) => number,
): OperatorCase => ({
  family: 'sums',
  sample: (draw) => {
    const shape = shapeOf(draw, draw.whole(1, 3));
    const fill = Array.from({ length: volume(shape) }, () => draw.whole(0, 1));
    return {
      inputs: [
        { shape, fill: 'any' },
        { shape, fill },
      ],
      build,
      reference: (z, t) => [sum(Array.from(z.data, (value, index) => plain(value, t.data[index]))) / volume(shape)],
    };
  },
});

export const lossCases = {
  logisticLoss: {
    family: 'sums',
    sample: (draw) => {
      const [batch, places] = [draw.size(), draw.size()];
      const weights = Array.from({ length: batch * places }, () => draw.pick([-2, -0.5, 0, 1]));
      return {
        inputs: [
          { shape: [batch, 2, places], fill: 'any' },
          { shape: [batch, 1, places], fill: weights },
        ],
        build: (logits, v) => logisticLoss(logits, v),
        reference: (logits, v) => [
          sum(
            tabulate(v.shape, ([sample, , place]) => {
              const margin = at(logits, [sample, 1, place]) - at(logits, [sample, 0, place]);
              const weight = at(v, [sample, 0, place]);
              return -Math.abs(weight) * Math.log(logistic(weight > 0 ? -margin : margin));
            }),
          ),
        ],
      };
    },
  },
} satisfies Record<string, OperatorCase>;

export const lossComposites = {
  binaryCrossEntropyWithLogits: elementLoss(
    (z, t) => e.binaryCrossEntropyWithLogits(z, t, { positiveWeight: 3 }),
    (z, t) => -3 * t * Math.log(logistic(z)) - (1 - t) * Math.log(logistic(-z)),
  ),
  binaryDice: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.size(), draw.size(), draw.size()];
      const fill = Array.from({ length: volume(shape) }, () => draw.whole(0, 1));
      return {
        inputs: [
          { shape, fill: 'any' },
          { shape, fill },
        ],
        build: (z, t) => e.binaryDice(z, t, { smooth: 1 }),
        reference: (z, t) => {
          const losses = tabulate([shape[0]], ([batch]) => {
            const inner = shape.slice(1);
            const parts = (each: (p: number, target: number) => number) =>
              sum(tabulate(inner, (index) => each(logistic(at(z, [batch, ...index])), at(t, [batch, ...index]))));
            return 1 - (2 * parts((p, target) => p * target) + 1) / (parts((p, target) => p + target) + 1);
          });
          return [sum(losses) / shape[0]];
        },
      };
    },
  },
  crossEntropy: {
    family: 'sums',
    sample: (draw) => {
      const classes = draw.whole(2, 4);
      const shape = [draw.size(), classes, ...shapeOf(draw, draw.whole(0, 2))];
      const places = [shape[0], ...shape.slice(2)];
      const ignored = draw.pick([255, 1, -1]);
      const fill = Array.from({ length: volume(places) }, (_, index) =>
        index === 0 ? 0 : draw.pick([...Array(classes).keys(), ignored]),
      );
      const weight = draw.pick([undefined, Array.from({ length: classes }, (_, index) => 0.5 + index)]);
      return {
        inputs: [
          { shape, fill: 'any' },
          { shape: places, fill, type: 'int64' },
        ],
        build: (logits, target) => e.crossEntropy(logits, target, { weight, ignoreIndex: ignored }),
        reference: (logits, target) => {
          const p = probabilities(logits);
          const weightAt = (index: readonly number[]) => {
            const own = at(target, index);
            return own === ignored ? 0 : (weight?.[own] ?? 1);
          };
          const losses = tabulate(places, (index) => {
            const own = at(target, index);
            return own === ignored ? 0 : -weightAt(index) * Math.log(at(p, [index[0], own, ...index.slice(1)]));
          });
          return [sum(losses) / sum(tabulate(places, weightAt))];
        },
      };
    },
  },
  diceLoss: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.size(), draw.whole(2, 4), draw.size(), draw.size()];
      const places = [shape[0], ...shape.slice(2)];
      const fill = Array.from({ length: volume(places) }, () => draw.whole(0, shape[1] - 1));
      return {
        inputs: [
          { shape, fill: 'any' },
          { shape: places, fill, type: 'int64' },
        ],
        build: (logits, target) => e.diceLoss(logits, target),
        reference: (logits, target) => {
          const p = probabilities(logits);
          const losses = tabulate(shape.slice(0, 2), ([batch, channel]) => {
            const parts = (each: (probability: number, hit: number) => number) =>
              sum(
                tabulate(shape.slice(2), (index) =>
                  each(at(p, [batch, channel, ...index]), Number(at(target, [batch, ...index]) === channel)),
                ),
              );
            return 1 - (2 * parts((a, b) => a * b) + 1e-6) / (parts((a, b) => a + b) + 1e-6);
          });
          return [sum(losses)];
        },
      };
    },
  },
  focalLoss: elementLoss(
    (z, t) => e.focalLoss(z, t, { alpha: 0.3, gamma: 1.5 }),
    (z, t) => {
      const p = t === 1 ? logistic(z) : logistic(-z);
      return -(t === 1 ? 0.3 : 0.7) * (1 - p) ** 1.5 * Math.log(p);
    },
  ),
} satisfies Record<string, OperatorCase>;
