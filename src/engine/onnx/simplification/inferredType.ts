import { broadcastShapes } from '../../operators/broadcast.js';
import type { ValueType } from '../../value.js';
import type { OnnxNode } from '../protobuf.js';
import { reductionOf } from './reductionNode.js';
import type { SimplifiedGraph } from './rule.js';

/** The type of what a node gives, for the nodes within an operator that rules look at; undefined for others. */
export function inferredType(node: OnnxNode, graph: SimplifiedGraph): ValueType | undefined {
  const { type, inputs } = node;
  const [a, b] = [graph.type(inputs[0]), graph.type(inputs[1])];
  if (!a) return undefined;
  if (type === 'Reshape' || type === 'Expand') {
    const shape = graph.elements(inputs[1]);
    return shape && { type: a.type, shape: Array.from(shape) };
  }
  if (type === 'MatMul' && b && a.shape.length > 1 && b.shape.length > 1) {
    const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return { type: a.type, shape: [...lead, ...a.shape.slice(-2, -1), ...b.shape.slice(-1)] };
  }
  const reduction = reductionOf(node, graph);
  return reduction && { type: a.type, shape: reduction.keeps ? reduction.kept : reduction.dropped };
}
