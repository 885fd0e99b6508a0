import { type LeafAttributes, leafOf } from './leaves.js';
import { createGraphWriter, isInnerName } from './onnx/graphWriter.js';
import { leavesLast } from './onnx/nodeOrder.js';
import { type ExternalLocation, encodeModel, type OnnxBoundary, type OnnxNode } from './onnx/protobuf.js';
import { plainGraph, simplifyGraph } from './onnx/simplification/simplifyGraph.js';
import { type SmallWeight, writeSmallWeight } from './onnx/smallWeight.js';
import {
  type HostTensor,
  isHostTensor,
  type Runtime,
  type RuntimeOptions,
  type Session,
  type SessionTensor,
} from './runtime.js';
import { describeType, elementCount, type Node, sameShape, type Value, type ValueType } from './value.js';

/** Operator sets that the emitted nodes need: ONNX 23 has Attention; com.microsoft holds the fused products. */
const operatorSets = { '': 23, 'com.microsoft': 1 } as const;

/** The nodes that outputs are computed from, in topological order. */
export function sortedNodes(outputs: readonly Value[]): Node[] {
  const seen = new Set<Node>(outputs.map((value) => value.node));
  const stack = [...seen];
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const { node: source } of node.inputs) {
      if (!seen.has(source)) {
        seen.add(source);
        stack.push(source);
      }
    }
  }
  return [...seen].sort((a, b) => a.order - b.order);
}

/** A graph as ONNX bytes, with what it takes and gives. */
export interface SerializedGraph {
  readonly model: Uint8Array;
  readonly inputs: ReadonlyMap<string, ValueType & { readonly role: LeafAttributes['role'] }>;
  readonly outputs: ReadonlyMap<string, ValueType>;
}

export interface SerializeOptions {
  /** Parameters and buffers that go into the graph as constants; the others stay inputs. */
  readonly weights?: ReadonlyMap<string, HostTensor>;
  /** Where weights lie that stay beside the graph (more than 2 GB, or shared between graphs). */
  readonly externalWeights?: ReadonlyMap<string, ExternalLocation>;
  /** Weights that are stored in a smaller type, in the graph or beside it, and widened to float32 by a node. */
  readonly smallWeights?: ReadonlyMap<string, SmallWeight>;
  /** Whether nodes that others make needless are left out; true when left out. Without it a graph shows what operators emit. */
  readonly simplify?: boolean;
  /** Key and value pairs for the model's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes the graph of some outputs as an ONNX model. Inputs, random inputs, and parameters and buffers without given
 * weights become graph inputs under their names.
 * @throws Error when two different leaves share a name, or a weight has another shape than its parameter
 */
export function serialize(outputs: Readonly<Record<string, Value>>, options: SerializeOptions = {}): SerializedGraph {
  return writeGraph(outputs, options, new Set());
}

function checkName(name: string, what: string): void {
  if (isInnerName(name))
    throw new Error(`${name}: values inside of a graph are called so; give the ${what} another name`);
}

/** @param loose outputs that may come in another shape, which `outputs` of the result then gives */
function writeGraph(
  outputs: Readonly<Record<string, Value>>,
  options: SerializeOptions,
  loose: ReadonlySet<string>,
): SerializedGraph {
  const writer = createGraphWriter();
  const names = new Map<Value, string>();
  const boundaries: OnnxBoundary[] = [];
  const inputs = new Map<string, ValueType & { role: LeafAttributes['role'] }>();
  const takenNames = new Set<string>(Object.keys(outputs));

  for (const name of takenNames) checkName(name, 'output');

  const addLeaf = (value: Value, leaf: LeafAttributes): void => {
    checkName(leaf.name, leaf.role);
    if (takenNames.has(leaf.name)) throw new Error(`the name ${leaf.name} is used twice among inputs and outputs`);
    takenNames.add(leaf.name);
    names.set(value, leaf.name);
    const weight = options.weights?.get(leaf.name);
    const location = options.externalWeights?.get(leaf.name);
    const small = options.smallWeights?.get(leaf.name);
    if (weight) {
      if (!sameShape(weight.shape, leaf.shape)) {
        throw new Error(`${leaf.name}: the weight is [${weight.shape}], the model expects [${leaf.shape}]`);
      }
      writer.initializer(leaf.name, leaf, weight.data as Float32Array);
    } else if (location) {
      writer.external(leaf.name, leaf, location);
    } else if (small) {
      writeSmallWeight(writer, leaf, small);
    } else {
      inputs.set(leaf.name, { type: leaf.type, shape: leaf.shape, role: leaf.role });
      boundaries.push({ name: leaf.name, type: leaf.type, shape: leaf.shape });
    }
  };

  // A computed value that is asked for once goes out under its own name: an Identity would copy it.
  const outputNames = new Map<Value, string>();
  for (const [name, value] of Object.entries(outputs)) {
    if (!leafOf(value) && !outputNames.has(value)) outputNames.set(value, name);
  }

  let unnamed = 0;
  const parts = new Map<OnnxNode, number>();
  for (const node of sortedNodes(Object.values(outputs))) {
    const leaf = leafOf(node.outputs[0]);
    if (leaf && leaf.role !== 'constant') {
      addLeaf(node.outputs[0], leaf);
      continue;
    }
    for (const value of node.outputs) names.set(value, outputNames.get(value) ?? `inner/${unnamed++}`);
    const before = writer.nodes.length;
    node.operator.emit(writer, {
      attributes: node.attributes,
      inputs: node.inputs.map((value) => names.get(value)!),
      outputs: node.outputs.map((value) => names.get(value)!),
      inputTypes: node.inputs,
      outputTypes: node.outputs,
    });
    if (node.recompute) for (const made of writer.nodes.slice(before)) parts.set(made, node.recompute.id);
  }
  for (const [name, value] of Object.entries(outputs)) {
    if (outputNames.get(value) !== name) writer.node('Identity', [names.get(value)!], [name]);
  }

  const types = new Map<string, ValueType>([...names].map(([value, name]) => [name, value]));
  const { nodes, reshaped } = (options.simplify === false ? plainGraph : simplifyGraph)(writer.nodes, {
    type: (name) => types.get(name) ?? writer.constants.get(name),
    elements: (name) => writer.constants.get(name)?.data,
    constant: (data, { type, shape }) => writer.constant(data, shape, type),
    temporary: writer.temporary,
    outputs: new Set(Object.keys(outputs)),
    looseOutputs: loose,
    partOf: (node) => parts.get(node) ?? 0,
  });
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const given = new Map(Object.entries(outputs).map(([name, value]) => [name, reshaped.get(name) ?? value]));
  const model = encodeModel({
    nodes: leavesLast(nodes),
    initializers: writer.initializers.filter(({ name }) => read.has(name)),
    inputs: boundaries,
    outputs: [...given].map(([name, { type, shape }]) => ({ name, type, shape })),
    operatorSets,
    metadata: options.metadata ?? {},
  });
  return { model, inputs, outputs: given };
}

/** A graph compiled to a session of a runtime. */
export interface CompiledFunction {
  readonly inputs: SerializedGraph['inputs'];
  readonly outputs: SerializedGraph['outputs'];
  /**
   * Runs once. Every input must be fed with its type and shape; results come in fresh tensors, or in those of `into`,
   * which may be the inputs': such a result is copied there once the run has read all that it needs.
   * @throws Error that names the input when a feed is missing, unknown, or of another type or shape, and the outputs
   *   when two of `into` share memory; the reason of the
   *   signal when it is aborted before the run starts (a run under way is finished by the runtime and its result
   *   dropped)
   */
  run(
    feeds: Readonly<Record<string, SessionTensor>>,
    options?: { into?: Readonly<Record<string, HostTensor>>; signal?: AbortSignal },
  ): Promise<Record<string, SessionTensor>>;
  /** Frees the session's memory once the runs under way are done; runs after it are refused. */
  release(): Promise<void>;
}

export interface CompileOptions extends SerializeOptions {
  readonly runtime: Runtime;
  readonly session?: RuntimeOptions;
}

/** Compiles outputs to a session: the session is created here, once. */
export async function compile(
  outputs: Readonly<Record<string, Value>>,
  options: CompileOptions,
): Promise<CompiledFunction> {
  const kept = new Set(options.session?.keepOnDevice);
  const loose = new Set(Object.keys(outputs).filter((name) => !kept.has(name)));
  const { model, inputs, outputs: storage } = writeGraph(outputs, options, loose);
  // The bytes hold a copy of the weights: what stays with the session is its boundary alone.
  const session = await options.runtime.createSession(model, options.session ?? {});
  return wrapSession(session, { inputs, outputs: new Map(Object.entries(outputs)), storage });
}

interface SessionBoundary extends Pick<SerializedGraph, 'inputs' | 'outputs'> {
  /** Outputs as the session gives them: the elements are the same, the shape may differ. */
  readonly storage: ReadonlyMap<string, ValueType>;
}

/** A typed array of another length than its shape asks for would be read or written past its end. */
function checkLength(name: string, tensor: SessionTensor): void {
  const count = elementCount(tensor.shape);
  if (isHostTensor(tensor) && tensor.data.length !== count) {
    throw new Error(
      `run: ${name} ${describeType(tensor)} needs ${count} elements; its array has ${tensor.data.length}`,
    );
  }
}

/** What of some named tensors has memory in common with a tensor; those of one buffer are found at once. */
function memoryOf(tensors: Iterable<readonly [string, SessionTensor]>): (tensor: SessionTensor) => string[] {
  const byBuffer = new Map<ArrayBufferLike, [string, HostTensor][]>();
  for (const [name, tensor] of tensors) {
    if (!isHostTensor(tensor)) continue;
    const known = byBuffer.get(tensor.data.buffer);
    if (known) known.push([name, tensor]);
    else byBuffer.set(tensor.data.buffer, [[name, tensor]]);
  }
  const end = ({ data }: HostTensor): number => data.byteOffset + data.byteLength;
  return (tensor) => {
    if (!isHostTensor(tensor)) return [];
    const near = byBuffer.get(tensor.data.buffer) ?? [];
    return near
      .filter(([, other]) => tensor.data.byteOffset < end(other) && other.data.byteOffset < end(tensor))
      .map(([name]) => name);
  };
}

function wrapSession(session: Session, graph: SessionBoundary): CompiledFunction {
  let released: Promise<void> | null = null;
  const underWay = new Set<Promise<unknown>>();
  const shaped = <Tensor extends SessionTensor>(tensor: Tensor, { shape }: ValueType): Tensor =>
    isHostTensor(tensor) && !sameShape(tensor.shape, shape) ? { ...tensor, shape } : tensor;
  const checkFeeds = (feeds: Readonly<Record<string, SessionTensor>>): void => {
    for (const [name, type] of graph.inputs) {
      const feed = feeds[name];
      if (!feed) throw new Error(`run: the ${type.role} ${name} ${describeType(type)} is not fed`);
      if (feed.type !== type.type || !sameShape(feed.shape, type.shape)) {
        throw new Error(`run: ${name} is fed ${describeType(feed)}; expected ${describeType(type)}`);
      }
      checkLength(name, feed);
    }
    for (const name of Object.keys(feeds)) {
      if (!graph.inputs.has(name)) {
        throw new Error(
          `run: there is no input ${name}; the inputs are ${[...graph.inputs.keys()].slice(0, 8).join(', ')}`,
        );
      }
    }
  };
  const checkTargets = (into: Readonly<Record<string, HostTensor>>): void => {
    for (const [name, tensor] of Object.entries(into)) {
      const type = graph.outputs.get(name);
      if (!type)
        throw new Error(`run: there is no output ${name}; the outputs are ${[...graph.outputs.keys()].join(', ')}`);
      if (tensor.type !== type.type || !sameShape(tensor.shape, type.shape)) {
        throw new Error(`run: ${name} goes into ${describeType(tensor)}; expected ${describeType(type)}`);
      }
      checkLength(name, tensor);
    }
    const sharing = memoryOf(Object.entries(into));
    for (const [name, tensor] of Object.entries(into)) {
      const shared = sharing(tensor).find((other) => other !== name);
      if (shared) throw new Error(`run: ${name} and ${shared} go into the same memory; give each its own`);
    }
  };
  const execute: CompiledFunction['run'] = async (feeds, { into = {}, signal } = {}) => {
    const fed = memoryOf(Object.entries(feeds));
    const targets: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(into)) {
      // The runtime writes a result as soon as it has it, which may be before another reads the input in its place.
      if (fed(tensor).length === 0) targets[name] = shaped(tensor, graph.storage.get(name)!);
    }
    const results = await session.run(feeds, [...graph.outputs.keys()], targets);
    signal?.throwIfAborted();
    const named: Record<string, SessionTensor> = {};
    for (const [name, type] of graph.outputs) {
      const target = into[name];
      if (target && !(name in targets))
        (target.data as Float32Array).set((results[name] as HostTensor).data as Float32Array);
      named[name] = target ?? shaped(results[name], type);
    }
    return named;
  };
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    async run(feeds, options = {}) {
      if (released) throw new Error('run: the function was released; compile it again');
      options.signal?.throwIfAborted();
      checkFeeds(feeds);
      checkTargets(options.into ?? {});
      const run = execute(feeds, options);
      const settled = run.catch(() => undefined).finally(() => underWay.delete(settled));
      underWay.add(settled);
      return run;
    },
    async release() {
      released ??= Promise.all(underWay).then(() => session.release());
      return released;
    },
  };
}
