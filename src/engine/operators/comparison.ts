import { scalar } from '../leaves.js';
import { onnxElementType } from '../onnx/protobuf.js';
import { apply, type NotDifferentiable, type Operator } from '../operator.js';
import type { ElementType, Value } from '../value.js';
import type { Operand } from './arithmetic.js';
import { broadcastShapes, broadcastTypes, requireType } from './broadcast.js';

const isStep: NotDifferentiable = { because: 'it is a step function' };

const comparison = (name: string, onnxType: string): Operator<null> => ({
  name,
  infer: (inputs) => {
    if (name !== 'equal') requireType(inputs, 'float32', 'float16', 'int64', 'uint8');
    return [{ type: 'bool', shape: broadcastTypes(inputs).shape }];
  },
  emit: (graph, { inputs, outputs }) => graph.node(onnxType, inputs, outputs),
  gradient: isStep,
});

export const equalOperator = comparison('equal', 'Equal');
export const greaterOperator = comparison('greater', 'Greater');
export const greaterOrEqualOperator = comparison('greaterOrEqual', 'GreaterOrEqual');
export const lessOperator = comparison('less', 'Less');
export const lessOrEqualOperator = comparison('lessOrEqual', 'LessOrEqual');

const logical = (name: string, onnxType: string): Operator<null> => ({
  ...comparison(name, onnxType),
  infer: (inputs) => {
    requireType(inputs, 'bool');
    return [broadcastTypes(inputs)];
  },
});

export const logicalAndOperator = logical('logicalAnd', 'And');
export const logicalOrOperator = logical('logicalOr', 'Or');
export const logicalNotOperator = logical('logicalNot', 'Not');

export const whereOperator: Operator<null> = {
  name: 'where',
  infer: ([condition, ...branches]) => {
    requireType([condition], 'bool');
    requireType(branches, 'float32', 'float16', 'int64', 'uint8');
    const { type, shape } = broadcastTypes(branches);
    return [{ type, shape: broadcastShapes(condition.shape, shape) }];
  },
  emit: (graph, { inputs, outputs }) => graph.node('Where', inputs, outputs),
  gradient: ({ inputs: [condition], wanted }, [g]) => [
    null,
    wanted(1) ? where(condition, g!, 0) : null,
    wanted(2) ? where(condition, 0, g!) : null,
  ],
};

export const castOperator: Operator<{ to: ElementType }> = {
  name: 'cast',
  infer: ([x], { to }) => [{ type: to, shape: x.shape }],
  emit: (graph, { attributes, inputs, outputs }) =>
    graph.node('Cast', inputs, outputs, { to: { int: onnxElementType[attributes.to] } }),
  gradient: ({ inputs: [x], attributes: { to } }, [g]) => {
    const smooth = (type: ElementType) => type === 'float32' || type === 'float16';
    return [smooth(x.type) && smooth(to) ? cast(g!, x.type) : null];
  },
};

const pair = (a: Operand, b: Operand): [Value, Value] => {
  const typeOf = (operand: Operand, other: Operand): ElementType =>
    typeof operand !== 'number' ? operand.type : typeof other !== 'number' ? other.type : 'float32';
  const asValue = (operand: Operand, other: Operand): Value =>
    typeof operand === 'number' ? scalar(operand, typeOf(operand, other)) : operand;
  return [asValue(a, b), asValue(b, a)];
};

const compare =
  (operator: Operator<null>) =>
  (a: Operand, b: Operand): Value =>
    apply(operator, pair(a, b), null);

/** a = b, element by element with broadcasting; bool. */
export const equal = compare(equalOperator);
/** a > b; bool. */
export const greater = compare(greaterOperator);
/** a >= b; bool. */
export const greaterOrEqual = compare(greaterOrEqualOperator);
/** a < b; bool. */
export const less = compare(lessOperator);
/** a <= b; bool. */
export const lessOrEqual = compare(lessOrEqualOperator);

/** Both, element by element; bool. */
export function logicalAnd(a: Value, b: Value): Value {
  return apply(logicalAndOperator, [a, b], null);
}

/** Either, element by element; bool. */
export function logicalOr(a: Value, b: Value): Value {
  return apply(logicalOrOperator, [a, b], null);
}

/** Not x; bool. */
export function logicalNot(x: Value): Value {
  return apply(logicalNotOperator, [x], null);
}

/** `yes` where the condition holds, else `no`, with broadcasting. */
export function where(condition: Value, yes: Operand, no: Operand): Value {
  return apply(whereOperator, [condition, ...pair(yes, no)], null);
}

/** The same numbers in another element type; the value itself when it has that type already. */
export function cast(x: Value, to: ElementType): Value {
  return x.type === to ? x : apply(castOperator, [x], { to });
}
