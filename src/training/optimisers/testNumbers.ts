import { encodeSafetensors, readSafetensors, type Tensor } from '../../tensors/index.js';

/** The bits of numbers, so that an equality means every last one. */
export const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

/** Numbers between -2 and 2 that depend on the seed alone. */
export const float = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, index) => Math.sin(seed * 12.9898 + index * 78.233) * 2);

/** A state as a safetensors file gives it back. */
export const throughFile = (state: Map<string, Tensor>): Map<string, Tensor> =>
  readSafetensors(encodeSafetensors(state)).tensors;
