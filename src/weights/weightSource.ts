import type { DType, Tensor } from '../tensors/index.js';

/**
 * Named tensors of a file (or several), read one at a time: nothing is loaded before it is asked for, so files over
 * 2 GB work. Close it when done.
 */
export interface WeightSource {
  /** Names the file in messages. */
  readonly source: string;
  /** The tensors' names, in the order of the file. */
  readonly names: readonly string[];
  /** Texts stored beside the tensors (`__metadata__` of safetensors), empty where the format has none. */
  readonly metadata: ReadonlyMap<string, string>;
  /** A tensor's sizes. Throws a UserError for an unknown name. */
  shape(name: string): readonly number[];
  /** A tensor's element type. Throws a UserError for an unknown name. */
  dtype(name: string): DType;
  /** Reads one tensor. Throws a UserError for an unknown name or when the file has changed meanwhile. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
}
