import { constant } from '../../leaves.js';
import { applyAll, type Operator } from '../../operator.js';
import type { Value } from '../../value.js';
import { sigmoid } from '../activation.js';
import { abs, add, minimum, mul } from '../arithmetic.js';
import { requireType } from '../broadcast.js';
import { emitTotal } from '../reduction.js';

export const logisticLossOperator: Operator<null> = {
  name: 'logisticLoss',
  infer: (inputs) => {
    requireType(inputs, 'float32');
    const [{ type, shape }, { shape: weights }] = inputs;
    const fits = shape.length === 3 && shape[1] === 2 && weights.length === 3;
    if (!fits || weights[0] !== shape[0] || weights[1] !== 1 || weights[2] !== shape[2]) {
      throw new Error('expected logits [B, 2, P] and weights [B, 1, P]');
    }
    return [
      { type, shape: [] },
      { type, shape: weights },
    ];
  },
  // |v| softplus(m sign(v)) = max(m v, 0) - |v| log(sigmoid(|m|)): the sign needs no pass of its own.
  emit: (graph, { inputs: [logits, weights], outputs: [total, margins], outputTypes: [, { shape }] }) => {
    // Products with 1 and -1 are exact, and half the work of taking the channels apart and subtracting them.
    graph.node('MatMul', [graph.constant([-1, 1], [1, 2]), logits], [margins]);
    const sumOf = (value: string): string => {
      const name = graph.temporary();
      emitTotal(graph, 'ReduceSum', value, name, shape);
      return name;
    };
    const losing = graph.step('Relu', graph.step('Mul', margins, weights));
    const tail = graph.step('Log', graph.step('Sigmoid', graph.step('Abs', margins)));
    const weighed = graph.step('Mul', graph.step('Abs', weights), tail);
    graph.node('Sub', [sumOf(losing), sumOf(weighed)], [total]);
  },
  // v sigmoid(m) for a positive weight, v sigmoid(-m) = v - v sigmoid(m) for a negative one.
  gradient: ({ inputs: [, weights], outputs: [, margins] }, [g, gMargins]) => {
    const sides = constant([-1, 1], [2, 1]);
    const ofMargins = gMargins && mul(gMargins, sides);
    if (!g) return [ofMargins, null];
    const slope = add(mul(abs(weights), sigmoid(margins)), minimum(weights, 0));
    const own = mul(slope, mul(sides, g));
    return [ofMargins ? add(own, ofMargins) : own, null];
  },
};

/**
 * Logistic loss of the difference m of two logits, summed: |v| softplus(m) where the weight v is positive (the first
 * class is right), |v| softplus(-m) where it is negative (the second is), nothing where it is 0.
 * @param logits [B, 2, P]
 * @param weights [B, 1, P]; no gradient flows to them
 * @returns []
 */
export function logisticLoss(logits: Value, weights: Value): Value {
  return applyAll(logisticLossOperator, [logits, weights], null)[0];
}
