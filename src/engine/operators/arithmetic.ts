import { leafOf, scalar } from '../leaves.js';
import type { OnnxGraphWriter } from '../onnx/graphWriter.js';
import { apply, type EmitContext, type GradientRule, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { broadcastTypes, expandsTo, requireType } from './broadcast.js';
import { cast, equal, greater, greaterOrEqual, where } from './comparison.js';
import { log } from './exponential.js';
import { expandOperator, reshapeOperator } from './layout.js';

/** A value, or a number that stands for a constant scalar of the other operand's type. */
export type Operand = Value | number;

const asValue = (operand: Operand, other: Operand): Value =>
  typeof operand === 'number' ? scalar(operand, typeof other === 'number' ? 'float32' : other.type) : operand;

const elementwise = (name: string, onnxType: string, gradient: GradientRule<null>): Operator<null> => ({
  name,
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16', 'int64');
    return [broadcastTypes(inputs)];
  },
  emit: (graph: OnnxGraphWriter, { inputs, outputs }: EmitContext<null>) => graph.node(onnxType, inputs, outputs),
  gradient,
});

export const addOperator = elementwise('add', 'Add', (_context, [g]) => [g, g]);

export const subOperator = elementwise('sub', 'Sub', ({ wanted }, [g]) => [g, wanted(1) ? neg(g!) : null]);

export const mulOperator = elementwise('mul', 'Mul', ({ inputs: [a, b], wanted }, [g]) => [
  wanted(0) ? mul(g!, b) : null,
  wanted(1) ? mul(g!, a) : null,
]);

export const divOperator = elementwise('div', 'Div', ({ inputs: [, b], outputs: [y], wanted }, [g]) => {
  const byDivisor = div(g!, b);
  return [byDivisor, wanted(1) ? neg(mul(byDivisor, y)) : null];
});

const mayBeZero = (value: Value): boolean => leafOf(value)?.data?.some((element) => element === 0) ?? true;

/** d a^b / da = b a^(b - 1); that of a^0 is 0 at 0 too, where a^-1 is infinite. */
function powSlope(a: Value, b: Value): Value {
  const slope = mul(b, pow(a, sub(b, 1)));
  return mayBeZero(b) ? where(equal(b, 0), 0, slope) : slope;
}

export const powOperator = elementwise('pow', 'Pow', ({ inputs: [a, b], outputs: [y], wanted }, [g]) => [
  wanted(0) ? mul(g!, powSlope(a, b)) : null,
  // d a^b / db = a^b ln a; taken as 0 where the base is not positive, as PyTorch does at 0.
  wanted(1) ? mul(g!, where(greater(a, 0), mul(y, log(maximum(a, 1e-38))), 0)) : null,
]);

/** Half the gradient goes to each side of a tie. */
const winnerShare = (winner: Value, loser: Value): Value =>
  mul(add(cast(greater(winner, loser), 'float32'), cast(greaterOrEqual(winner, loser), 'float32')), 0.5);

const extremum = (name: string, onnxType: string, sign: 1 | -1): Operator<null> =>
  elementwise(name, onnxType, ({ inputs: [a, b], wanted }, [g]) => [
    wanted(0) ? mul(g!, sign > 0 ? winnerShare(a, b) : winnerShare(b, a)) : null,
    wanted(1) ? mul(g!, sign > 0 ? winnerShare(b, a) : winnerShare(a, b)) : null,
  ]);

export const maximumOperator = extremum('maximum', 'Max', 1);
export const minimumOperator = extremum('minimum', 'Min', -1);

export const negOperator = elementwise('neg', 'Neg', (_context, [g]) => [neg(g!)]);

export const absOperator = elementwise('abs', 'Abs', ({ inputs: [x] }, [g]) => [mul(g!, sign(x))]);

export const signOperator: Operator<null> = {
  ...elementwise('sign', 'Sign', () => []),
  gradient: { because: 'it is a step function' },
};

export const addAllOperator = elementwise('addAll', 'Sum', ({ inputs }, [g]) => inputs.map(() => g));

const madeBy = (value: Value, operator: unknown): boolean => (value.node.operator as unknown) === operator;

/** What was expanded to a shape that `other` has anyway: no memory is filled with repeats to be read once. */
const unexpanded = (value: Value, other: Value): Value =>
  madeBy(value, expandOperator) && expandsTo(value.shape, other.shape) ? value.node.inputs[0] : value;

const binary =
  (operator: Operator<null>) =>
  (a: Operand, b: Operand): Value => {
    const [left, right] = [asValue(a, b), asValue(b, a)];
    return apply(operator, [unexpanded(left, right), unexpanded(right, left)], null);
  };

/** Whether a value is the constant 1, as the gradient of a sum begins. */
function isOne(value: Value): boolean {
  if (madeBy(value, expandOperator) || madeBy(value, reshapeOperator)) return isOne(value.node.inputs[0]);
  const data = leafOf(value)?.data;
  return data?.length === 1 && data[0] === 1;
}

/** a + b, element by element with broadcasting; float32 or int64. */
export const add = binary(addOperator);
/** a - b with broadcasting. */
export const sub = binary(subOperator);
const product = binary(mulOperator);
/** a b with broadcasting; a constant factor of one is left out. */
export const mul = (a: Operand, b: Operand): Value => {
  const [left, right] = [asValue(a, b), asValue(b, a)];
  if (isOne(left) && left.type === right.type && expandsTo(left.shape, right.shape)) return right;
  if (isOne(right) && left.type === right.type && expandsTo(right.shape, left.shape)) return left;
  return product(left, right);
};
/** a / b with broadcasting. */
export const div = binary(divOperator);
/** a to the power of b with broadcasting; the gradient with respect to b is 0 where a is not positive. */
export const pow = binary(powOperator);
/** The larger of a and b with broadcasting; a tie gives each half of the gradient. */
export const maximum = binary(maximumOperator);
/** The smaller of a and b with broadcasting; a tie gives each half of the gradient. */
export const minimum = binary(minimumOperator);

/** -x. */
export function neg(x: Value): Value {
  return apply(negOperator, [x], null);
}

/** |x|; its gradient at 0 is 0. */
export function abs(x: Value): Value {
  return apply(absOperator, [x], null);
}

/** -1, 0 or 1; no gradient. */
export function sign(x: Value): Value {
  return apply(signOperator, [x], null);
}

/** The sum of several values, with broadcasting. */
export function addAll(values: readonly Value[]): Value {
  return values.length === 1 ? values[0] : apply(addAllOperator, values, null);
}

/** x x, which is cheaper than a power. */
export function square(x: Value): Value {
  return mul(x, x);
}
