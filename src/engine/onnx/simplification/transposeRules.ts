import type { OnnxNode } from '../protobuf.js';
import { reshapeNode } from './reshapeRules.js';
import type { Rule } from './rule.js';

function orderOf(node: OnnxNode | undefined): readonly number[] | null {
  const order = node?.type === 'Transpose' ? node.attributes.perm : undefined;
  return order && 'ints' in order ? order.ints : null;
}

/** Two transposes in a row are one, and often none. */
export const joinTransposes: Rule = (node, graph) => {
  const order = orderOf(node);
  const before = graph.producer(node.inputs[0]);
  const former = orderOf(before);
  if (!order || !before || !former) return null;
  const joined = order.map((axis) => former[axis]);
  const [source] = before.inputs;
  if (joined.every((axis, place) => axis === place)) return { equals: source };
  return { node: { ...node, inputs: [source], attributes: { perm: { ints: joined } } } };
};

/** Moving only axes of size 1 changes no element's place. */
export const reshapeForTranspose: Rule = (node, graph) => {
  const order = orderOf(node);
  const source = graph.type(node.inputs[0]);
  if (!order || !source) return null;
  const moving = order.filter((axis) => source.shape[axis] !== 1);
  if (moving.some((axis, place) => place > 0 && moving[place - 1] > axis)) return null;
  const shape = order.map((axis) => source.shape[axis]);
  return { node: reshapeNode(graph, node, node.inputs[0], shape) };
};
