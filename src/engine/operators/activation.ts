import type { OnnxAttributes } from '../onnx/protobuf.js';
import { apply, type GradientRule, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { abs, add, addAll, div, mul, square, sub } from './arithmetic.js';
import { requireType } from './broadcast.js';
import { greater, greaterOrEqual, lessOrEqual, logicalAnd, where } from './comparison.js';
import { erf, exp, tanh } from './exponential.js';

const activation = <Attributes>(
  name: string,
  onnxType: string,
  attributes: (own: Attributes) => OnnxAttributes,
  gradient: GradientRule<Attributes>,
): Operator<Attributes> => ({
  name,
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    return [inputs[0]];
  },
  emit: (graph, context) => graph.node(onnxType, context.inputs, context.outputs, attributes(context.attributes)),
  gradient,
});

const none = (): OnnxAttributes => ({});

export const reluOperator = activation<null>('relu', 'Relu', none, ({ outputs: [y] }, [g]) => [
  // 1 where y > 0, in one vectorised pass: the slope is steep enough for every normal number.
  mul(g!, apply(hardSigmoidOperator, [y], { alpha: 1e38, beta: 0 })),
]);

export const sigmoidOperator = activation<null>('sigmoid', 'Sigmoid', none, ({ outputs: [y] }, [g]) => [
  mul(g!, mul(y, sub(1, y))),
]);

/**
 * max(x, 0) + log(1 + e^-|x|), where what the sum 1 + e^-|x| rounds away is added to its logarithm: far below 0 it is all
 * that is left. Passes over memory that are each vectorised; ONNX Runtime's Softplus node (1.30, CPU) is slower and 0 below -17.
 */
export const softplusOperator: Operator<null> = {
  ...activation<null>('softplus', 'Softplus', none, ({ inputs: [x] }, [g]) => [mul(g!, sigmoid(x))]),
  emit: (graph, { inputs: [x], outputs: [y], inputTypes: [{ type }] }) => {
    const one = graph.constant([1], [], type);
    const tail = graph.step('Exp', graph.step('Neg', graph.step('Abs', x)));
    const raised = graph.step('Add', tail, one);
    const rounded = graph.step('Sub', tail, graph.step('Sub', raised, one));
    graph.node('Add', [graph.step('Relu', x), graph.step('Add', graph.step('Log', raised), rounded)], [y]);
  },
};

export const softsignOperator = activation<null>('softsign', 'Softsign', none, ({ inputs: [x] }, [g]) => [
  div(g!, square(add(abs(x), 1))),
]);

/** alpha x + beta, clipped to 0 .. 1. */
export const hardSigmoidOperator = activation<{ alpha: number; beta: number }>(
  'hardSigmoid',
  'HardSigmoid',
  ({ alpha, beta }) => ({ alpha: { float: alpha }, beta: { float: beta } }),
  ({ attributes: { alpha }, outputs: [y] }, [g]) => [
    where(logicalAnd(greater(y, 0), greater(1, y)), mul(g!, alpha), 0),
  ],
);

export const hardSwishOperator = activation<null>('hardSwish', 'HardSwish', none, ({ inputs: [x] }, [g]) => [
  mul(g!, where(greater(x, 3), 1, where(greater(x, -3), add(mul(x, 1 / 3), 0.5), 0))),
]);

export const geluOperator = activation<{ approximate: 'none' | 'tanh' }>(
  'gelu',
  'Gelu',
  ({ approximate }) => ({ approximate: { string: approximate } }),
  ({ attributes, inputs: [x] }, [g]) => [mul(g!, attributes.approximate === 'tanh' ? tanhGeluSlope(x) : geluSlope(x))],
);

/** Phi(x) + x phi(x), with the fewest passes over memory: hardSigmoid is one pass for (erf + 1) / 2. */
function geluSlope(x: Value): Value {
  const scaled = mul(x, Math.SQRT1_2);
  // x phi(x) = s e^(-s^2) / sqrt(pi) with s = x / sqrt(2): the factor is a term of the exponent.
  const density = mul(scaled, exp(sub(-0.5 * Math.log(Math.PI), square(scaled))));
  return add(apply(hardSigmoidOperator, [erf(scaled)], { alpha: 0.5, beta: 0.5 }), density);
}

function tanhGeluSlope(x: Value): Value {
  const scale = Math.sqrt(2 / Math.PI);
  const xSquared = square(x);
  const t = tanh(mul(mul(x, add(mul(xSquared, 0.044715), 1)), scale));
  const innerSlope = add(mul(xSquared, 3 * 0.044715 * scale), scale);
  const bend = mul(mul(x, sub(1, square(t))), innerSlope);
  return mul(addAll([add(t, 1), bend]), 0.5);
}

export const clampOperator: Operator<{ low: number; high: number }> = {
  name: 'clamp',
  infer: (inputs, { low, high }) => {
    requireType(inputs, 'float32', 'float16');
    if (!(low <= high)) throw new Error(`bounds ${low} and ${high} are out of order`);
    return [inputs[0]];
  },
  emit: (graph, { attributes: { low, high }, inputs, outputs, inputTypes }) => {
    const bound = (value: number) => (Number.isFinite(value) ? graph.constant([value], [], inputTypes[0].type) : '');
    graph.node('Clip', [inputs[0], bound(low), bound(high)], outputs);
  },
  gradient: ({ attributes: { low, high }, inputs: [x] }, [g]) => [
    where(logicalAnd(greaterOrEqual(x, low), lessOrEqual(x, high)), g!, 0),
  ],
};

/** max(x, 0). */
export function relu(x: Value): Value {
  return apply(reluOperator, [x], null);
}

/** min(max(x, 0), 6). */
export function relu6(x: Value): Value {
  return clamp(x, 0, 6);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: Value): Value {
  return apply(sigmoidOperator, [x], null);
}

/** ln(1 + e^x). */
export function softplus(x: Value): Value {
  return apply(softplusOperator, [x], null);
}

/** x / (1 + |x|). */
export function softsign(x: Value): Value {
  return apply(softsignOperator, [x], null);
}

/** clip(x + 3, 0, 6) / 6. */
export function hardSigmoid(x: Value): Value {
  return apply(hardSigmoidOperator, [x], { alpha: 1 / 6, beta: 0.5 });
}

/** x clip(x + 3, 0, 6) / 6. */
export function hardSwish(x: Value): Value {
  return apply(hardSwishOperator, [x], null);
}

/** Gaussian error linear unit: x Phi(x), exact or by its tanh approximation (Hendrycks and Gimpel 2016). */
export function gelu(x: Value, options: { approximate?: 'none' | 'tanh' } = {}): Value {
  return apply(geluOperator, [x], { approximate: options.approximate ?? 'none' });
}

/** x kept within low .. high; the gradient passes within and at the bounds. Bounds may be infinite. */
export function clamp(x: Value, low: number, high: number): Value {
  return apply(clampOperator, [x], { low, high });
}
