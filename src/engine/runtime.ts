import type { ElementType, ValueType } from './value.js';

/** Typed array of each element type; float16 as raw bits, bool as 0 and 1. */
export interface ElementArrays {
  float32: Float32Array;
  float16: Uint16Array;
  int64: BigInt64Array;
  bool: Uint8Array;
  uint8: Uint8Array;
}

/** A tensor in this process's memory, row-major. */
export interface HostTensor extends ValueType {
  readonly data: ElementArrays[ElementType];
}

/** A tensor that stayed on a device; only the runtime that made it can use it. */
export interface DeviceTensor extends ValueType {
  readonly location: string;
  /** The runtime's own handle. */
  readonly handle: unknown;
  /** Copies the elements to this process's memory. */
  read(): Promise<HostTensor>;
  dispose(): void;
}

export type SessionTensor = HostTensor | DeviceTensor;

export function isHostTensor(tensor: SessionTensor): tensor is HostTensor {
  return 'data' in tensor;
}

/** Wraps a Float32Array without copying it. */
export function floatTensor(data: Float32Array, shape: readonly number[]): HostTensor {
  return { type: 'float32', shape, data };
}

/** int64 tensor of small whole numbers. */
export function integerTensor(values: ArrayLike<number>, shape: readonly number[]): HostTensor {
  const data = new BigInt64Array(values.length);
  for (let index = 0; index < values.length; index++) data[index] = BigInt(values[index]);
  return { type: 'int64', shape, data };
}

export interface RuntimeOptions {
  /** Where to compute, first choice first; `cpu` is always the last resort of the runtime. */
  readonly providers?: readonly ('cpu' | 'cuda' | 'webgpu' | 'coreml' | 'dml')[];
  /** Threads of one operator; all cores by default. */
  readonly threads?: number;
  /** Graph optimisation: `none` keeps recomputed parts apart; `basic` is enough for training. */
  readonly optimisation?: 'none' | 'basic' | 'all';
  /** Reuse of a memory plan between runs: 5 to 10 % faster for half as much memory again. */
  readonly memoryPattern?: boolean;
  /** Arena that keeps freed memory for the next run. */
  readonly memoryArena?: boolean;
  /**
   * Takes numbers too small for full precision (below 1.2e-38) for 0: a peaked attention is full of them, and its products
   * become many times slower. With onnxruntime-node the first session of a process decides for all, and JavaScript's own
   * arithmetic has it, too.
   */
  readonly flushDenormals?: boolean;
  /** Outputs that stay on the device: with WebGPU alone, an error with other providers. */
  readonly keepOnDevice?: readonly string[];
  /** Folder or bytes of external weights, by file name. */
  readonly externalData?: Readonly<Record<string, string | Uint8Array>>;
}

/** A graph that is loaded and can be run. */
export interface Session {
  run(
    feeds: Readonly<Record<string, SessionTensor>>,
    outputs: readonly string[],
    into: Readonly<Record<string, HostTensor>>,
  ): Promise<Record<string, SessionTensor>>;
  release(): Promise<void>;
}

/** What executes ONNX graphs: adapters of onnxruntime-node and onnxruntime-web implement it. */
export interface Runtime {
  readonly name: string;
  createSession(model: Uint8Array | string, options: RuntimeOptions): Promise<Session>;
}
