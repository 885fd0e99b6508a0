import { apply, type GradientRule, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { div, mul, neg, sub } from './arithmetic.js';
import { requireType } from './broadcast.js';

const unary = (name: string, onnxType: string, gradient: GradientRule<null>): Operator<null> => ({
  name,
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    return [inputs[0]];
  },
  emit: (graph, { inputs, outputs }) => graph.node(onnxType, inputs, outputs),
  gradient,
});

export const expOperator = unary('exp', 'Exp', ({ outputs: [y] }, [g]) => [mul(g!, y)]);
export const logOperator = unary('log', 'Log', ({ inputs: [x] }, [g]) => [div(g!, x)]);
export const sqrtOperator = unary('sqrt', 'Sqrt', ({ outputs: [y] }, [g]) => [div(mul(g!, 0.5), y)]);
export const reciprocalOperator = unary('reciprocal', 'Reciprocal', ({ outputs: [y] }, [g]) => [
  neg(mul(g!, mul(y, y))),
]);
export const sinOperator = unary('sin', 'Sin', ({ inputs: [x] }, [g]) => [mul(g!, cos(x))]);
export const cosOperator = unary('cos', 'Cos', ({ inputs: [x] }, [g]) => [neg(mul(g!, sin(x)))]);
export const erfOperator = unary('erf', 'Erf', ({ inputs: [x] }, [g]) => [
  mul(g!, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
]);
export const tanhOperator = unary('tanh', 'Tanh', ({ outputs: [y] }, [g]) => [mul(g!, sub(1, mul(y, y)))]);

/** e to the power of x. */
export function exp(x: Value): Value {
  return apply(expOperator, [x], null);
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return apply(logOperator, [x], null);
}

/** Square root. */
export function sqrt(x: Value): Value {
  return apply(sqrtOperator, [x], null);
}

/** 1 / x. */
export function reciprocal(x: Value): Value {
  return apply(reciprocalOperator, [x], null);
}

/** Sine of x in radians. */
export function sin(x: Value): Value {
  return apply(sinOperator, [x], null);
}

/** Cosine of x in radians. */
export function cos(x: Value): Value {
  return apply(cosOperator, [x], null);
}

/** The error function. */
export function erf(x: Value): Value {
  return apply(erfOperator, [x], null);
}

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return apply(tanhOperator, [x], null);
}
