import { naming } from '../operator.js';
import type { ElementType, ValueType } from '../value.js';

/** The shape of two operands together, as NumPy broadcasts them; throws an Error when sizes neither agree nor are 1. */
export function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new Error(`sizes ${left} and ${right} of axis ${axis} do not broadcast`);
    }
    return left === 1 ? right : left;
  });
}

/** Whether a shape broadcasts to another without changing it. */
export function expandsTo(shape: readonly number[], target: readonly number[]): boolean {
  const extra = target.length - shape.length;
  return extra >= 0 && shape.every((size, axis) => size === 1 || size === target[axis + extra]);
}

/** Broadcasts all inputs, which must have one element type. */
export function broadcastTypes(inputs: readonly ValueType[]): ValueType {
  const type = inputs[0].type;
  for (const input of inputs) {
    if (input.type !== type) throw new Error(`types ${type} and ${input.type} differ: cast one`);
  }
  return { type, shape: inputs.map((input) => input.shape).reduce(broadcastShapes) };
}

/** Throws unless every input has the type. */
export function requireType(inputs: readonly ValueType[], ...allowed: readonly ElementType[]): void {
  for (const { type } of inputs) {
    if (!allowed.includes(type)) throw new Error(`expected ${allowed.join(' or ')}, got ${type}`);
  }
}

/** The axis of an operation's operand, see `resolveAxis`; an Error names the operation and where it stands. */
export function axisOf(operation: string, x: ValueType, axis: number): number {
  return naming(operation, [x], () => resolveAxis(axis, x.shape.length));
}

/** Throws unless every number is a whole one and at least `least`. */
export function requireWhole(values: readonly number[], least: number, what: string): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < least)
      throw new Error(`${what} ${value} is not a whole number >= ${least}`);
  }
}

/** A negative axis counted from the end as a positive one; throws when it is outside the rank. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw new Error(`axis ${axis} is outside rank ${rank}`);
  }
  return resolved;
}
