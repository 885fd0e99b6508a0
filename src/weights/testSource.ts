import type { Tensor } from '../tensors/index.js';
import type { WeightSource } from './weightSource.js';

/** A file of weights in memory, for tests. */
export function sourceInMemory(tensors: ReadonlyMap<string, Tensor>, source = 'test.safetensors'): WeightSource {
  const get = (name: string): Tensor => tensors.get(name)!;
  return {
    source,
    names: [...tensors.keys()],
    metadata: new Map(),
    shape: (name) => get(name).shape,
    dtype: (name) => get(name).dtype,
    read: async (name) => get(name),
    close: async () => {},
  };
}
