import type { OnnxGraphWriter } from './onnx/graphWriter.js';
import { currentRecompute, currentScope } from './scopePath.js';
import { createNode, describeType, type Value, type ValueType } from './value.js';

/** What an operator's ONNX emission sees of one node. */
export interface EmitContext<Attributes> {
  readonly attributes: Attributes;
  /** Names of the inputs and outputs in the ONNX graph. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inputTypes: readonly ValueType[];
  readonly outputTypes: readonly ValueType[];
}

/** What a gradient rule sees of one node. */
export interface GradientContext<Attributes> {
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Whether a gradient with respect to input i is wanted: costly rules ask before they build it. */
  wanted(input: number): boolean;
}

/**
 * Gives one gradient per input, or null where there is none. A gradient may still have the broadcast shape: the walker
 * sums it to the input's. `gradients[i]` is null for an output that the loss does not depend on.
 */
export type GradientRule<Attributes> = (
  context: GradientContext<Attributes>,
  gradients: readonly (Value | null)[],
) => readonly (Value | null)[];

/** An operator that no gradient passes through, with the reason. */
export interface NotDifferentiable {
  readonly because: string;
}

/** An operator as one record: its shape rule, ONNX emission and gradient rule. A record without one does not compile. */
export interface Operator<Attributes> {
  readonly name: string;
  /** Gives the outputs' types; throws an Error that says what does not fit (operator, shapes and scope are added). */
  infer(inputs: readonly ValueType[], attributes: Attributes): readonly ValueType[];
  emit(graph: OnnxGraphWriter, context: EmitContext<Attributes>): void;
  readonly gradient: GradientRule<Attributes> | NotDifferentiable;
}

/** Runs `work`, which builds an operation on values; an Error of it gets operation, scope and the values' types in front. */
export function naming<Result>(operation: string, inputs: readonly ValueType[], work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const place = currentScope() ? ` in ${currentScope()}` : '';
    const operands = inputs.map(describeType).join(' x ');
    throw new Error(`${operation}${place}: ${operands}: ${(error as Error).message}`, { cause: error });
  }
}

/** Applies an operator to values; throws an Error that names operator, scope, input types and what does not fit. */
export function applyAll<Attributes>(
  operator: Operator<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
): readonly Value[] {
  const types = naming(operator.name, inputs, () => operator.infer(inputs, attributes));
  // The node's attributes only ever meet the operator they were made for, which makes the widening sound.
  const widened = operator as unknown as Operator<unknown>;
  return createNode(widened, attributes, inputs, types, currentScope(), currentRecompute()).outputs;
}

/** Applies an operator that has one output. */
export function apply<Attributes>(
  operator: Operator<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
): Value {
  return applyAll(operator, inputs, attributes)[0];
}
