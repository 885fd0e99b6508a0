import type { Operator } from './operator.js';

/** Element types of values: computing is float32; float16 is for export, uint8 for pictures fed as bytes. */
export type ElementType = 'float32' | 'float16' | 'int64' | 'bool' | 'uint8';

/** Element type and static shape. */
export interface ValueType {
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** A symbolic tensor: one output of a node of the graph. Nothing is computed until a graph is compiled and run. */
export interface Value extends ValueType {
  readonly node: Node;
  /** Which output of its node. */
  readonly index: number;
}

/** One operation of the graph, or a leaf (input, parameter, buffer, random input, constant). */
export interface Node {
  /** Rises with the order of making: a node's inputs always have a smaller number, so sorting by it is topological. */
  readonly order: number;
  readonly operator: Operator<unknown>;
  readonly attributes: unknown;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Where it was built: `backbone.layers.0.blocks.1.attn.qkv`. */
  readonly scope: string;
  /** Set when the backward pass computes it again instead of keeping its outputs. */
  readonly recompute: RecomputeMark | null;
}

/** Identity of one marked part of a graph. */
export interface RecomputeMark {
  readonly id: number;
}

let nextOrder = 0;

/** Makes a node and its outputs; the types must have been checked by the caller. */
export function createNode(
  operator: Operator<unknown>,
  attributes: unknown,
  inputs: readonly Value[],
  outputTypes: readonly ValueType[],
  scope: string,
  recompute: RecomputeMark | null,
): Node {
  const outputs: Value[] = [];
  const node: Node = { order: nextOrder++, operator, attributes, inputs, outputs, scope, recompute };
  for (const [index, { type, shape }] of outputTypes.entries()) outputs.push({ node, index, type, shape });
  return node;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[2, 49, 96]`, with the type in front unless it is float32. */
export function describeType({ type, shape }: ValueType): string {
  return `${type === 'float32' ? '' : `${type} `}[${shape.join(', ')}]`;
}
