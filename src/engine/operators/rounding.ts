import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { requireType } from './broadcast.js';

const rounding = (name: string, onnxType: string): Operator<null> => ({
  name,
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    return [inputs[0]];
  },
  emit: (graph, { inputs, outputs }) => graph.node(onnxType, inputs, outputs),
  gradient: { because: 'it is a step function' },
});

export const floorOperator = rounding('floor', 'Floor');
export const roundOperator = rounding('round', 'Round');

/** The largest whole number not above x; no gradient. */
export function floor(x: Value): Value {
  return apply(floorOperator, [x], null);
}

/** The nearest whole number, halves to the even one; no gradient. */
export function round(x: Value): Value {
  return apply(roundOperator, [x], null);
}
