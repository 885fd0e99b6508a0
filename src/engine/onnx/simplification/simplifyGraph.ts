import type { ValueType } from '../../value.js';
import type { OnnxNode } from '../protobuf.js';
import { absorbSigns, joinNumbers } from './arithmeticRules.js';
import { inferredType } from './inferredType.js';
import { keepReducedAxes, mergeReshapes, reshapeLater } from './reshapeRules.js';
import type { Rule, SimplifiedGraph } from './rule.js';
import { joinTransposes, reshapeForTranspose } from './transposeRules.js';

/** What is known about a graph beside its nodes. */
export interface GraphFacts {
  /** The type of a value or constant; those between the nodes of one operator may be unknown. */
  type(name: string): ValueType | undefined;
  /** The elements of a constant. */
  elements(name: string): ArrayLike<number> | undefined;
  /** Names that the graph gives: each of them stays the output of a node. */
  readonly outputs: ReadonlySet<string>;
  /** Those of them that may come in another shape: a Reshape as the last node of a graph would copy. */
  readonly looseOutputs: ReadonlySet<string>;
  /** The name of a constant with this content; from then on `type` and `elements` know it. */
  constant(data: readonly number[], type: ValueType): string;
  /** A fresh name for a value in between. */
  temporary(): string;
  /** The part of the graph that a node belongs to: two parts compute the same twice on purpose. */
  partOf(node: OnnxNode): number;
}

export interface SimplifiedNodes {
  readonly nodes: readonly OnnxNode[];
  /** The types of those loose outputs that come in another shape. */
  readonly reshaped: ReadonlyMap<string, ValueType>;
}

const rules: readonly Rule[] = [
  joinTransposes,
  reshapeForTranspose,
  mergeReshapes,
  keepReducedAxes,
  absorbSigns,
  joinNumbers,
  reshapeLater,
];

/**
 * The same graph with fewer nodes. On a GPU a small network is bound by how many nodes are dispatched, not by what they
 * compute; and layers and gradient rules that know nothing of each other leave many between them: reshapes of reshapes,
 * transposes there and back, signs and numbers one after the other, the same computation twice. Results stay the same
 * up to the rounding of joined numbers; what nothing reads in the end goes.
 */
export function simplifyGraph(nodes: readonly OnnxNode[], facts: GraphFacts): SimplifiedNodes {
  const result: (OnnxNode | null)[] = [];
  const places = new Map<string, number>();
  const types = new Map<string, ValueType>();
  const equals = new Map<string, string>();
  const known = new Map<string, OnnxNode>();
  const keys = new Map<OnnxNode, string>();
  const reads = countReads(nodes, facts.outputs);
  let part = 0;

  const readsOf = (name: string): number => reads.get(name) ?? 0;
  const retain = (inputs: readonly string[]): void => {
    for (const name of new Set(inputs)) reads.set(name, readsOf(name) + 1);
  };
  /** A node no longer reads its inputs; what is then read by none goes, and so on. */
  const release = (inputs: readonly string[]): void => {
    for (const name of new Set(inputs)) {
      reads.set(name, readsOf(name) - 1);
      const node = graph.producer(name);
      if (!node || node.outputs.some((output) => readsOf(output) > 0)) continue;
      forget(node);
      result[places.get(name)!] = null;
      release(node.inputs);
    }
  };
  const forget = (node: OnnxNode): void => {
    const key = keys.get(node);
    if (key !== undefined && known.get(key) === node) known.delete(key);
  };

  const graph: SimplifiedGraph = {
    producer: (name) => {
      const place = places.get(name);
      return place === undefined ? undefined : (result[place] ?? undefined);
    },
    type: (name) => types.get(name) ?? facts.type(name),
    elements: facts.elements,
    isReadOnce: (name) => reads.get(name) === 1 && !facts.outputs.has(name),
    isOutput: (name) => facts.outputs.has(name),
    constant: facts.constant,
    add(node, type) {
      const name = facts.temporary();
      types.set(name, type);
      retain(node.inputs);
      visit({ ...node, name, outputs: [name] });
      return equals.get(name) ?? name;
    },
    supersede(former, node) {
      const place = places.get(former.outputs[0])!;
      forget(former);
      for (const name of former.outputs) places.delete(name);
      for (const name of node.outputs) places.set(name, place);
      result[place] = node;
    },
  };

  const alias = (name: string, source: string): void => {
    equals.set(name, source);
    reads.set(source, readsOf(source) + readsOf(name));
  };

  const append = (node: OnnxNode): void => {
    const key = JSON.stringify([part, node.type, node.domain, node.inputs, node.attributes]);
    const same = known.get(key);
    if (same && !node.outputs.some((name) => facts.outputs.has(name))) {
      for (const [index, name] of node.outputs.entries()) alias(name, same.outputs[index]);
      release(node.inputs);
      return;
    }
    if (!same) known.set(key, node);
    keys.set(node, key);
    for (const name of node.outputs) places.set(name, result.length);
    result.push(node);
  };

  const visit = (original: OnnxNode): void => {
    let node: OnnxNode = { ...original, inputs: original.inputs.map((name) => equals.get(name) ?? name) };
    const inferred = graph.type(node.outputs[0]) ?? inferredType(node, graph);
    if (inferred) types.set(node.outputs[0], inferred);
    for (let index = 0; index < rules.length; ) {
      const found = rules[index](node, graph);
      if (found === null) index++;
      else if ('done' in found) return;
      else if ('node' in found) {
        retain(found.node.inputs);
        release(node.inputs);
        node = found.node;
        index = 0;
      } else if (graph.isOutput(node.outputs[0])) index++;
      else {
        alias(node.outputs[0], found.equals);
        release(node.inputs);
        return;
      }
    }
    append(node);
  };

  for (const node of nodes) {
    part = facts.partOf(node);
    visit(node);
  }

  const reshaped = new Map<string, ValueType>();
  for (const name of facts.looseOutputs) {
    const node = graph.producer(name);
    const source = node?.type === 'Reshape' ? node.inputs[0] : '';
    const [former, type] = [graph.producer(source), graph.type(source)];
    // A node that reads the output as well needs its shape.
    if (!former || !type || readsOf(name) > 1 || !graph.isReadOnce(source)) continue;
    result[places.get(name)!] = null;
    result[places.get(source)!] = {
      ...former,
      outputs: former.outputs.map((output) => (output === source ? name : output)),
    };
    reshaped.set(name, type);
  }
  const left = result.filter((node) => node !== null);
  return { nodes: withoutUnread(left, facts.outputs), reshaped };
}

/** The nodes as they are. */
export const plainGraph = (nodes: readonly OnnxNode[]): SimplifiedNodes => ({ nodes, reshaped: new Map() });

/** How many nodes read each value; one more where the graph gives it. */
function countReads(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): Map<string, number> {
  const reads = new Map<string, number>();
  const read = nodes.flatMap(({ inputs }) => [...new Set(inputs)]);
  for (const name of [...read, ...outputs]) reads.set(name, (reads.get(name) ?? 0) + 1);
  return reads;
}

/** Drops nodes from which no path leads to an output. */
function withoutUnread(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): OnnxNode[] {
  const read = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!node.outputs.some((name) => read.has(name))) continue;
    for (const name of node.inputs) read.add(name);
    kept.push(node);
  }
  return kept.reverse();
}
