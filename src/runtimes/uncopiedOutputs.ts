import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import protobuf from 'protobufjs/minimal.js';

/**
 * onnxruntime-node 1.30 copies every output of a run into a new ArrayBuffer, also those that it wrote into memory of
 * ours: for the gradient of a word table that is seven times the run itself, nearly all of it page faults. It converts
 * outputs in the graph's order and refuses one that is no tensor. So the graph gets a first output that is an empty
 * sequence: by the time it is refused the run is over, all results lie in the arrays that were handed in, and none was
 * copied. A version that takes sequences would only copy again.
 */
const barrier = 'refersat/outputBarrier';

/** What the binding says of an output that is no tensor. */
const refusal = 'Non tensor type';

/** Larger models are not worth a copy of their bytes: they hold weights, and such a session gives little. */
const mostBytesExtended = 2 ** 28;

const tag = (field: number, wire: number): number => (field << 3) | wire;
const [varint, bytes] = [0, 2];

/** A ModelProto of nothing but the barrier: field numbers are those of onnx.proto3. */
function barrierModel(): Uint8Array {
  const writer = protobuf.Writer.create();
  const message = (field: number, write: () => void): void => {
    writer.uint32(tag(field, bytes)).fork();
    write();
    writer.ldelim();
  };
  const text = (field: number, value: string): void => {
    writer.uint32(tag(field, bytes)).string(value);
  };
  message(7, () => {
    message(1, () => {
      text(2, barrier);
      text(3, barrier);
      text(4, 'SequenceEmpty');
    });
    message(12, () => {
      text(1, barrier);
      // TypeProto { sequence_type { elem_type { tensor_type { elem_type: FLOAT } } } }
      message(2, () => message(4, () => message(1, () => message(1, () => writer.uint32(tag(1, varint)).int32(1)))));
    });
  });
  return writer.finish();
}

/** The model with the barrier as its first output; a large one as it is. Messages of protobuf merge when joined. */
export function withOutputBarrier(model: Uint8Array): Uint8Array {
  if (model.byteLength > mostBytesExtended) return model;
  const front = barrierModel();
  const joined = new Uint8Array(front.byteLength + model.byteLength);
  joined.set(front);
  joined.set(model, front.byteLength);
  return joined;
}

/** Typed arrays of the types that results have; half precision differs between versions of Node. */
const arrayOf = { float32: Float32Array, int64: BigInt64Array, bool: Uint8Array, uint8: Uint8Array } as const;

/** An empty tensor for one output, or null where its type or shape is not known beforehand. */
function emptyOutput(
  metadata: InferenceSession.ValueMetadata | undefined,
  TensorClass: TensorConstructor,
): Tensor | null {
  if (!metadata?.isTensor || !(metadata.type in arrayOf)) return null;
  let count = 1;
  const shape: number[] = [];
  for (const size of metadata.shape) {
    if (typeof size === 'string') return null;
    shape.push(size);
    count *= size;
  }
  const type = metadata.type as keyof typeof arrayOf;
  return new TensorClass(type, new arrayOf[type](count) as never, shape);
}

/**
 * Runs a session so that every output is written once, where it stays: into the tensors given, or into new ones.
 * @param fetches the outputs that are asked for, null where a new tensor is wanted
 */
export async function runUncopied(
  session: InferenceSession,
  TensorClass: TensorConstructor,
  feeds: Readonly<Record<string, Tensor>>,
  fetches: Readonly<Record<string, Tensor | null>>,
): Promise<Readonly<Record<string, Tensor>>> {
  if (!session.outputNames.includes(barrier)) return session.run(feeds, fetches);
  const targets: Record<string, Tensor> = {};
  for (const [name, given] of Object.entries(fetches)) {
    const target = given ?? emptyOutput(session.outputMetadata[session.outputNames.indexOf(name)], TensorClass);
    if (!target) return session.run(feeds, fetches);
    targets[name] = target;
  }
  try {
    await session.run(feeds, { [barrier]: null, ...targets });
  } catch (error) {
    if (!(error as Error).message.includes(refusal)) throw error;
  }
  return targets;
}
