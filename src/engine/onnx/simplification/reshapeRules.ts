import { sameShape } from '../../value.js';
import type { OnnxNode } from '../protobuf.js';
import { reductionOf } from './reductionNode.js';
import type { Rule, SimplifiedGraph } from './rule.js';

/** A Reshape of `source` in the place of a node. */
export function reshapeNode(
  graph: SimplifiedGraph,
  replaced: OnnxNode,
  source: string,
  shape: readonly number[],
): OnnxNode {
  const target = graph.constant(shape, { type: 'int64', shape: [shape.length] });
  return {
    type: 'Reshape',
    domain: '',
    name: replaced.name,
    inputs: [source, target],
    outputs: replaced.outputs,
    attributes: { allowzero: { int: 1 } },
  };
}

const layoutOnly = new Set(['Reshape', 'Squeeze', 'Unsqueeze']);

/** A reshape reads what was reshaped before it; one to the shape that is there goes. */
export const mergeReshapes: Rule = (node, graph) => {
  const result = graph.type(node.outputs[0]);
  if (!layoutOnly.has(node.type) || !result) return null;
  let [source] = node.inputs;
  for (let before = graph.producer(source); before?.type === 'Reshape'; before = graph.producer(source)) {
    [source] = before.inputs;
  }
  const own = graph.type(source);
  if (own && sameShape(own.shape, result.shape)) return { equals: source };
  if (node.type === 'Reshape' && source === node.inputs[0]) return null;
  return { node: reshapeNode(graph, node, source, result.shape) };
};

/** A reduction keeps its axes at size 1 when a reshape would put them back, and drops them when it would take them away. */
export const keepReducedAxes: Rule = (node, graph) => {
  const before = node.type === 'Reshape' ? graph.producer(node.inputs[0]) : undefined;
  const result = graph.type(node.outputs[0]);
  const reduction = before && reductionOf(before, graph);
  if (!reduction || !result || !graph.isReadOnce(before.outputs[0])) return null;
  if (!sameShape(reduction.keeps ? reduction.dropped : reduction.kept, result.shape)) return null;
  const attributes = { ...before.attributes, keepdims: { int: Number(!reduction.keeps) } };
  graph.supersede(before, { ...before, outputs: node.outputs, attributes });
  return { done: true };
};

/** Nodes that treat every element alike, whatever the shape. */
const elementwise = new Set(
  (
    'Abs Add Cast Clip Cos Div Erf Exp Gelu HardSigmoid HardSwish Log Max Min Mul ' +
    'Neg Pow Reciprocal Relu Sigmoid Sign Sin Softplus Softsign Sqrt Sub Sum Tanh'
  ).split(' '),
);

/**
 * An elementwise node of reshaped values computes before the reshape, which then meets what comes behind: the shapes
 * that layers want around a product vanish between two of them.
 */
export const reshapeLater: Rule = (node, graph) => {
  const [output] = node.outputs;
  const result = graph.type(output);
  // As the last node of a graph, a Reshape would copy.
  if (!elementwise.has(node.type) || node.domain !== '' || !result || graph.isOutput(output)) return null;
  const reshaped = node.inputs.filter((name) => graph.producer(name)?.type === 'Reshape');
  if (!reshaped.some((name) => graph.isReadOnce(name))) return null;
  const sourceOf = (name: string): string => graph.producer(name)!.inputs[0];
  const source = graph.type(sourceOf(reshaped[0]));
  if (!source) return null;
  const [width] = source.shape.slice(-1);
  const inputs: string[] = [];
  for (const name of node.inputs) {
    if (reshaped.includes(name)) {
      const [own, after] = [graph.type(sourceOf(name)), graph.type(name)];
      if (!own || !after || !sameShape(own.shape, source.shape) || !sameShape(after.shape, result.shape)) return null;
      inputs.push(sourceOf(name));
      continue;
    }
    // Beside them only what broadcasts over either shape alike: a number, or a row of a last axis that stays.
    const shape = name === '' ? [] : graph.type(name)?.shape;
    if (!shape || shape.length > source.shape.length) return null;
    const isNumber = shape.every((size) => size === 1);
    const isRow = shape.slice(0, -1).every((size) => size === 1) && shape.slice(-1)[0] === width;
    if (!isNumber && !(isRow && result.shape.slice(-1)[0] === width)) return null;
    inputs.push(name);
  }
  const early = graph.add(
    { type: node.type, domain: '', inputs, attributes: node.attributes },
    { type: result.type, shape: source.shape },
  );
  return { node: reshapeNode(graph, node, early, result.shape) };
};
