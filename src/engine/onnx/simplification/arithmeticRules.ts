import { sameShape } from '../../value.js';
import type { OnnxNode } from '../protobuf.js';
import { numberBeside, type Rule, type SimplifiedGraph } from './rule.js';

/** What a node negates. */
const negated = (graph: SimplifiedGraph, name: string): string | null => {
  const node = graph.producer(name);
  return node?.type === 'Neg' ? node.inputs[0] : null;
};

/** A product with a number: which value, and which number. */
function scaling(graph: SimplifiedGraph, node: OnnxNode | undefined): { source: string; factor: number } | null {
  if (node?.type !== 'Mul') return null;
  for (const [source, other] of [node.inputs, [node.inputs[1], node.inputs[0]]]) {
    const factor = numberBeside(graph, other, source);
    if (factor !== undefined) return { source, factor };
  }
  return null;
}

function scaled(graph: SimplifiedGraph, node: OnnxNode, source: string, factor: number): OnnxNode {
  const number = graph.constant([factor], { type: 'float32', shape: [] });
  return { ...node, type: 'Mul', inputs: [source, number] };
}

/** A factor with the other sign, where that costs no node: a number, what a Neg reads, or a product with a number. */
function negatedFactor(graph: SimplifiedGraph, name: string, other: string): string | null {
  const number = numberBeside(graph, name, other);
  if (number !== undefined) return graph.constant([-number], graph.type(name)!);
  const source = negated(graph, name);
  const product = graph.isReadOnce(name) ? scaling(graph, graph.producer(name)) : null;
  const type = graph.type(name);
  if (source !== null || !product || !type) return source;
  const factor = graph.constant([-product.factor], { type: 'float32', shape: [] });
  return graph.add({ type: 'Mul', domain: '', inputs: [product.source, factor], attributes: {} }, type);
}

/** A sign goes into the sum, the difference or the number beside it. */
export const absorbSigns: Rule = (node, graph) => {
  const [a, b] = node.inputs;
  if (node.type === 'Neg') {
    const source = negated(graph, a);
    if (source !== null) return { equals: source };
    const product = graph.isReadOnce(a) ? graph.producer(a) : undefined;
    if (product?.type !== 'Mul') return null;
    for (const [place, factor] of product.inputs.entries()) {
      const opposite = negatedFactor(graph, factor, product.inputs[1 - place]);
      if (opposite === null) continue;
      return { node: { ...node, type: 'Mul', inputs: product.inputs.with(place, opposite) } };
    }
    return null;
  }
  if (node.type === 'Sub') {
    const right = negated(graph, b);
    return right === null ? null : { node: { ...node, type: 'Add', inputs: [a, right] } };
  }
  if (node.type === 'Add') {
    const [left, right] = [negated(graph, a), negated(graph, b)];
    if (right !== null) return { node: { ...node, type: 'Sub', inputs: [a, right] } };
    return left === null ? null : { node: { ...node, type: 'Sub', inputs: [b, left] } };
  }
  const product = scaling(graph, node);
  const source = product && negated(graph, product.source);
  return product && source !== null ? { node: scaled(graph, node, source, -product.factor) } : null;
};

/** Numbers that multiply one after the other are one; a factor of 1 and a term of 0 go. */
export const joinNumbers: Rule = (node, graph) => {
  const result = graph.type(node.outputs[0]);
  const isWhole = (source: string): boolean => {
    const own = graph.type(source);
    return own !== undefined && result !== undefined && sameShape(own.shape, result.shape);
  };
  if (node.type === 'Add' || node.type === 'Sub') {
    const [a, b] = node.inputs;
    if (numberBeside(graph, b, a) === 0 && isWhole(a)) return { equals: a };
    return node.type === 'Add' && numberBeside(graph, a, b) === 0 && isWhole(b) ? { equals: b } : null;
  }
  const product = scaling(graph, node);
  if (!product) return null;
  if (product.factor === 1 && isWhole(product.source)) return { equals: product.source };
  const before = graph.isReadOnce(product.source) ? scaling(graph, graph.producer(product.source)) : null;
  return before && { node: scaled(graph, node, before.source, before.factor * product.factor) };
};
