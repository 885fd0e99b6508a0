import protobuf from 'protobufjs/minimal.js';
import type { ConstantData } from '../leaves.js';
import type { ElementType } from '../value.js';
import { float16Bits } from './float16.js';

/** Field numbers are those of onnx.proto3 (ONNX IR version 10). */
type Writer = protobuf.Writer;

const varint = 0;
const bytes = 2;
const fixed32 = 5;
const tag = (field: number, wire: number): number => (field << 3) | wire;

/** Element types of stored tensors: those of values, and int8, which quantised weights alone have. */
export type OnnxElementType = ElementType | 'int8';

/** TensorProto.DataType of each element type. */
export const onnxElementType: Record<OnnxElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** An ONNX attribute: its kind says how it is written. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

const kind = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

function writeMessage(writer: Writer, field: number, write: (inner: Writer) => void): void {
  writer.uint32(tag(field, bytes)).fork();
  write(writer);
  writer.ldelim();
}

function writeString(writer: Writer, field: number, text: string): void {
  writer.uint32(tag(field, bytes)).string(text);
}

function writeAttribute(writer: Writer, name: string, attribute: OnnxAttribute): void {
  writeString(writer, 1, name);
  if ('int' in attribute) {
    writer.uint32(tag(3, varint)).int64(attribute.int).uint32(tag(20, varint)).int32(kind.int);
  } else if ('float' in attribute) {
    writer.uint32(tag(2, fixed32)).float(attribute.float).uint32(tag(20, varint)).int32(kind.float);
  } else if ('string' in attribute) {
    writeString(writer, 4, attribute.string);
    writer.uint32(tag(20, varint)).int32(kind.string);
  } else if ('ints' in attribute) {
    for (const value of attribute.ints) writer.uint32(tag(8, varint)).int64(value);
    writer.uint32(tag(20, varint)).int32(kind.ints);
  } else {
    for (const value of attribute.floats) writer.uint32(tag(7, fixed32)).float(value);
    writer.uint32(tag(20, varint)).int32(kind.floats);
  }
}

/** Little-endian bytes of a tensor's elements. */
export function tensorBytes(data: ConstantData, type: ElementType): Uint8Array {
  if (type === 'float32') {
    const floats = data instanceof Float32Array ? data : Float32Array.from(data);
    return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  }
  if (type === 'int64') {
    const longs = new BigInt64Array(data.length);
    for (let index = 0; index < data.length; index++) longs[index] = BigInt(data[index]);
    return new Uint8Array(longs.buffer);
  }
  if (type === 'float16') return new Uint8Array(Uint16Array.from(data, float16Bits).buffer);
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}

/** Where a tensor's bytes lie when they are not in the graph. */
export interface ExternalLocation {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxElementType;
  readonly shape: readonly number[];
  readonly content: Uint8Array | ExternalLocation;
}

function writeTensor(writer: Writer, tensor: OnnxTensor): void {
  for (const size of tensor.shape) writer.uint32(tag(1, varint)).int64(size);
  writer.uint32(tag(2, varint)).int32(onnxElementType[tensor.type]);
  writeString(writer, 8, tensor.name);
  if (tensor.content instanceof Uint8Array) {
    writer.uint32(tag(9, bytes)).bytes(tensor.content);
    return;
  }
  const { file, offset, length } = tensor.content;
  for (const [key, value] of Object.entries({ location: file, offset: String(offset), length: String(length) })) {
    writeMessage(writer, 13, (entry) => {
      writeString(entry, 1, key);
      writeString(entry, 2, value);
    });
  }
  writer.uint32(tag(14, varint)).int32(1);
}

export interface OnnxNode {
  readonly type: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const name of node.inputs) writeString(writer, 1, name);
  for (const name of node.outputs) writeString(writer, 2, name);
  writeString(writer, 3, node.name);
  writeString(writer, 4, node.type);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writeMessage(writer, 5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain) writeString(writer, 7, node.domain);
}

/** A size of a graph input or output: fixed, or free under a name. */
export type OnnxSize = number | string;

export interface OnnxBoundary {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly OnnxSize[];
}

function writeBoundary(writer: Writer, { name, type, shape }: OnnxBoundary): void {
  writeString(writer, 1, name);
  writeMessage(writer, 2, (valueType) =>
    writeMessage(valueType, 1, (tensorType) => {
      tensorType.uint32(tag(1, varint)).int32(onnxElementType[type]);
      writeMessage(tensorType, 2, (dimensions) => {
        for (const size of shape) {
          writeMessage(dimensions, 1, (dimension) => {
            if (typeof size === 'number') dimension.uint32(tag(1, varint)).int64(size);
            else writeString(dimension, 2, size);
          });
        }
      });
    }),
  );
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxBoundary[];
  readonly outputs: readonly OnnxBoundary[];
  /** Version of each operator domain; `` is ONNX's own. */
  readonly operatorSets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Serialises a ModelProto (onnx.proto3). Everything but external tensors must fit protobuf's 2 GB. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, varint)).int64(10);
  writeString(writer, 2, 'refersat');
  writeMessage(writer, 7, (graph) => {
    for (const node of model.nodes) writeMessage(graph, 1, (inner) => writeNode(inner, node));
    writeString(graph, 2, 'graph');
    for (const tensor of model.initializers) writeMessage(graph, 5, (inner) => writeTensor(inner, tensor));
    for (const boundary of model.inputs) writeMessage(graph, 11, (inner) => writeBoundary(inner, boundary));
    for (const boundary of model.outputs) writeMessage(graph, 12, (inner) => writeBoundary(inner, boundary));
  });
  for (const [domain, version] of Object.entries(model.operatorSets)) {
    writeMessage(writer, 8, (inner) => {
      if (domain) writeString(inner, 1, domain);
      inner.uint32(tag(2, varint)).int64(version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    writeMessage(writer, 14, (entry) => {
      writeString(entry, 1, key);
      writeString(entry, 2, value);
    });
  }
  return writer.finish();
}
