import { createLeaf } from './leaves.js';
import type { GradientRule, NotDifferentiable } from './operator.js';
import { addAll } from './operators/arithmetic.js';
import { sumTo } from './operators/reduction.js';
import { withinScope, withRecompute } from './scopePath.js';
import { createNode, describeType, elementCount, type Node, sameShape, type Value } from './value.js';

const isRule = (gradient: GradientRule<unknown> | NotDifferentiable): gradient is GradientRule<unknown> =>
  typeof gradient === 'function';

/** The nodes that `loss` is computed from, latest first. */
function ancestors(loss: Value): Node[] {
  const seen = new Set<Node>([loss.node]);
  const stack = [loss.node];
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const { node: source } of node.inputs) {
      if (!seen.has(source)) {
        seen.add(source);
        stack.push(source);
      }
    }
  }
  return [...seen].sort((a, b) => b.order - a.order);
}

/** Those values among the nodes' outputs that depend on one of `wanted`: gradients flow through these only. */
function dependents(nodes: readonly Node[], wanted: ReadonlySet<Value>): Set<Value> {
  const active = new Set(wanted);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!isRule(node.operator.gradient)) continue;
    if (node.inputs.some((value) => active.has(value))) for (const output of node.outputs) active.add(output);
  }
  return active;
}

/**
 * Gives the values that the gradient rule of a node may read: those of its own marked part are built a second time, so
 * that the first copies need not be kept until the backward pass. What a part takes from outside is kept.
 */
function createRecomputer(): (value: Value, reader: Node) => Value {
  const copies = new Map<Node, Node>();
  const again = (value: Value, reader: Node): Value => {
    const { node } = value;
    if (reader.recompute === null || node.recompute !== reader.recompute || node.inputs.length === 0) return value;
    const known = copies.get(node);
    if (known) return known.outputs[value.index];
    const inputs = node.inputs.map((input) => again(input, node));
    const copy = createNode(node.operator, node.attributes, inputs, node.outputs, node.scope, null);
    copies.set(node, copy);
    return copy.outputs[value.index];
  };
  return again;
}

/**
 * Reverse-mode gradients of a scalar with respect to any values, as values of the same graph. Built only where a path
 * from `wanted` to `loss` needs it; a gradient that arrives over several paths is summed, and one of a broadcast
 * input is summed over the broadcast axes, here and nowhere else.
 *
 * @param loss float32 of shape [] (or one element)
 * @returns one gradient per wanted value, of its shape; null where the loss does not depend on it
 * @throws Error when the loss is no scalar, or the only paths lead through an operator that has no gradient
 */
export function gradients(loss: Value, wanted: readonly Value[]): (Value | null)[] {
  if (elementCount(loss.shape) !== 1 || loss.type !== 'float32') {
    throw new Error(
      `gradients: the loss is ${describeType(loss)}; expected a float32 scalar: reduce it with sum or mean`,
    );
  }
  const nodes = ancestors(loss);
  const active = dependents(nodes, new Set(wanted));
  const arrived = new Map<Value, Value[]>();
  const again = createRecomputer();
  arrived.set(loss, [createLeaf({ role: 'constant', name: 'one', shape: loss.shape, type: 'float32', data: [1] })]);

  const total = (value: Value): Value | null => {
    const parts = arrived.get(value);
    if (!parts) return null;
    const sum = parts.length === 1 ? parts[0] : addAll(parts);
    if (parts.length > 1) arrived.set(value, [sum]);
    return sum;
  };

  const visit = (node: Node): void => {
    const { gradient } = node.operator;
    if (!isRule(gradient) || !node.inputs.some((value) => active.has(value))) return;
    const incoming = node.outputs.map(total);
    if (incoming.every((value) => value === null)) return;
    const readable = (value: Value): Value => again(value, node);
    const context = {
      attributes: node.attributes,
      inputs: node.inputs.map(readable),
      outputs: node.outputs.map(readable),
      wanted: (index: number) => active.has(node.inputs[index]),
    };
    for (const [index, part] of gradient(context, incoming).entries()) {
      const source = node.inputs[index];
      if (part === null || !active.has(source)) continue;
      const fitted = sameShape(part.shape, source.shape) ? part : sumTo(part, source.shape);
      const parts = arrived.get(source);
      if (parts) parts.push(fitted);
      else arrived.set(source, [fitted]);
    }
  };

  return withRecompute(null, () => {
    for (const node of nodes) withinScope(`${node.scope} (gradient)`, () => visit(node));
    const result = wanted.map(total);
    for (const [index, value] of wanted.entries()) refuseBroken(loss, value, result[index], nodes);
    return result;
  });
}

/** Says which operator cuts every path from `value` to the loss, instead of returning null without a word. */
function refuseBroken(loss: Value, value: Value, gradient: Value | null, nodes: readonly Node[]): void {
  if (gradient !== null || value === loss) return;
  const reached = new Set<Value>([value]);
  let barrier: Node | null = null;
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!node.inputs.some((source) => reached.has(source))) continue;
    if (!isRule(node.operator.gradient)) barrier ??= node;
    for (const output of node.outputs) reached.add(output);
  }
  if (barrier && reached.has(loss)) {
    const { because } = barrier.operator.gradient as NotDifferentiable;
    throw new Error(
      `gradients: the only paths to ${describeType(value)} lead through ${barrier.operator.name} in ${barrier.scope || 'the graph'}, ` +
        `which has no gradient: ${because}`,
    );
  }
}
