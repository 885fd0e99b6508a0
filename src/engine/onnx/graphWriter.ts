import type { ConstantData } from '../leaves.js';
import type { ElementType, ValueType } from '../value.js';
import {
  type ExternalLocation,
  type OnnxAttributes,
  type OnnxElementType,
  type OnnxNode,
  type OnnxTensor,
  tensorBytes,
} from './protobuf.js';

/** Collects the nodes and initializers of one ONNX graph while operators emit themselves into it. */
export interface OnnxGraphWriter {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Types and elements of the initializers that were given as numbers. */
  readonly constants: ReadonlyMap<string, ValueType & { readonly data: ConstantData }>;
  /** Adds a node; `domain` is `` for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  node(
    type: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes?: OnnxAttributes,
    domain?: string,
  ): void;
  /** Adds an initializer under a given name. */
  initializer(name: string, type: ValueType, data: ConstantData): void;
  /** Adds an initializer of given bytes, or of bytes that lie beside the graph. */
  stored(name: string, type: OnnxElementType, shape: readonly number[], content: Uint8Array | ExternalLocation): void;
  /** Adds an initializer whose bytes lie beside the graph. */
  external(name: string, type: ValueType, location: ExternalLocation): void;
  /** The name of a constant with this content: equal constants share one initializer. */
  constant(data: readonly number[], shape: readonly number[], type?: ElementType): string;
  /** A fresh name for a value between two nodes of one operator. */
  temporary(): string;
  /** Adds a node without attributes that has one output, and gives that a fresh name. */
  step(type: string, ...inputs: readonly string[]): string;
}

/** Whether a value inside of a graph may be called so: inputs and outputs need other names. */
export const isInnerName = (name: string): boolean => /^(?:inner|shared|temporary)\/\d+$/.test(name);

export function createGraphWriter(): OnnxGraphWriter {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const constants = new Map<string, ValueType & { data: ConstantData }>();
  const shared = new Map<string, string>();
  let temporaries = 0;
  const writer: OnnxGraphWriter = {
    nodes,
    initializers,
    constants,
    node(type, inputs, outputs, attributes = {}, domain = '') {
      nodes.push({ type, domain, name: `${type}_${nodes.length}`, inputs, outputs, attributes });
    },
    initializer(name, { type, shape }, data) {
      initializers.push({ name, type, shape, content: tensorBytes(data, type) });
      constants.set(name, { type, shape, data });
    },
    stored(name, type, shape, content) {
      initializers.push({ name, type, shape, content });
    },
    external(name, { type, shape }, location) {
      initializers.push({ name, type, shape, content: location });
    },
    constant(data, shape, type = 'float32') {
      const key = `${type}[${shape}]${data}`;
      let name = shared.get(key);
      if (name === undefined) {
        name = `shared/${shared.size}`;
        shared.set(key, name);
        writer.initializer(name, { type, shape }, data);
      }
      return name;
    },
    temporary: () => `temporary/${temporaries++}`,
    step(type, ...inputs) {
      const result = writer.temporary();
      writer.node(type, inputs, [result]);
      return result;
    },
  };
  return writer;
}
