import type { ValueType } from '../../value.js';
import type { OnnxNode } from '../protobuf.js';

/** What a rule sees of the graph that is being simplified: all that stands in front of a node is simplified already. */
export interface SimplifiedGraph {
  /** The node that gives a value; undefined for inputs and constants. */
  producer(name: string): OnnxNode | undefined;
  /** The type of a value, where it is known. */
  type(name: string): ValueType | undefined;
  /** The elements of a constant. */
  elements(name: string): ArrayLike<number> | undefined;
  /** Whether one node alone reads a value, and the graph does not give it. */
  isReadOnce(name: string): boolean;
  /** Whether the graph gives a value under this name. */
  isOutput(name: string): boolean;
  /** The name of a constant with this content. */
  constant(data: readonly number[], type: ValueType): string;
  /** Adds a node of one output under a fresh name and gives that name. */
  add(node: Omit<OnnxNode, 'name' | 'outputs'>, type: ValueType): string;
  /** Puts a node in the place of one that was added before, whose output nothing else reads. */
  supersede(former: OnnxNode, node: OnnxNode): void;
}

/** What becomes of a node: another one in its place, an equal value, or nothing because another node gives its output. */
export type Simplified = { readonly node: OnnxNode } | { readonly equals: string } | { readonly done: true };

/** Gives what a node simplifies to; null where the rule does not apply. */
export type Rule = (node: OnnxNode, graph: SimplifiedGraph) => Simplified | null;

/** The one number of a constant that broadcasts without adding axes to `beside`; undefined for all else. */
export function numberBeside(graph: SimplifiedGraph, name: string, beside: string): number | undefined {
  const elements = graph.elements(name);
  const [own, other] = [graph.type(name), graph.type(beside)];
  if (elements?.length !== 1 || !own || !other || own.type !== 'float32') return undefined;
  return own.shape.length <= other.shape.length ? elements[0] : undefined;
}
