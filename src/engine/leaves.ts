import type { Initialiser } from './initialisers.js';
import type { Operator } from './operator.js';
import { apply } from './operator.js';
import { type ElementType, elementCount, type Value, type ValueType } from './value.js';

/** Elements of a constant: numbers for every type (int64 within the safe range, bool as 0 and 1). */
export type ConstantData = Float32Array | Int32Array | Uint8Array | readonly number[];

/** How a named random input is drawn, anew at every step. */
export type RandomDistribution =
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly standardDeviation: number }
  /** 1 / keep with probability keep, else 0 (dropout's mask). */
  | { readonly kind: 'keep'; readonly keep: number };

export interface LeafAttributes extends ValueType {
  readonly role: 'input' | 'parameter' | 'buffer' | 'random' | 'constant';
  readonly name: string;
  readonly initialiser?: Initialiser;
  readonly distribution?: RandomDistribution;
  readonly data?: ConstantData;
}

const leaf: Operator<LeafAttributes> = {
  name: 'leaf',
  infer: (_inputs, { type, shape }) => {
    for (const size of shape) {
      if (!Number.isInteger(size) || size < 0) throw new Error(`size ${size} is not a whole number of 0 or more`);
    }
    return [{ type, shape }];
  },
  emit(graph, { attributes, outputs }) {
    if (attributes.role === 'constant') graph.initializer(outputs[0], attributes, attributes.data ?? []);
  },
  gradient: () => [],
};

/** Makes a leaf value of a given role; models use `input`, `constant` and a scope's methods instead. */
export function createLeaf(attributes: LeafAttributes): Value {
  return apply(leaf, [], attributes);
}

/** The leaf's description, or null for a computed value. */
export function leafOf(value: Value): LeafAttributes | null {
  return value.node.operator === (leaf as unknown) ? (value.node.attributes as LeafAttributes) : null;
}

/** A value fed by the caller under `name` at each run. */
export function input(name: string, shape: readonly number[], type: ElementType = 'float32'): Value {
  return createLeaf({ role: 'input', name, shape, type });
}

/**
 * A constant tensor, row-major. Throws an Error when the number of elements is not that of the shape.
 * @param data numbers of any type; int64 values must be safe integers, bool values 0 or 1
 */
export function constant(data: ConstantData, shape: readonly number[], type: ElementType = 'float32'): Value {
  if (data.length !== elementCount(shape)) {
    throw new Error(`constant: ${data.length} elements do not fill [${shape.join(', ')}]`);
  }
  return createLeaf({ role: 'constant', name: 'constant', shape, type, data });
}

/** A constant scalar of shape []. */
export function scalar(value: number, type: ElementType = 'float32'): Value {
  return constant([value], [], type);
}
