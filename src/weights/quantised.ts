import { createTensor, type Tensor, toFloat32 } from '../tensors/index.js';
import type { WeightSource } from './weightSource.js';

/** Suffix of the tensor that holds the factors of an int8 tensor. */
export const scaleSuffix = '.scale';

/**
 * Weights as int8 with one factor per row of the first axis (symmetric, -127 .. 127): a quarter of float32's size.
 * Tensors of one axis (biases, norms) and narrow ones stay float32: they weigh little and matter much.
 * @returns the tensors to store: `name` (I8) and `name.scale` (F32), or `name` alone
 */
export function quantise(name: string, shape: readonly number[], data: Float32Array): Map<string, Tensor> {
  const rows = shape.length >= 2 ? shape[0] : 0;
  if (rows === 0 || data.length / rows < 16) return new Map([[name, createTensor('F32', [...shape], data) as Tensor]]);
  const width = data.length / rows;
  const quantised = new Int8Array(data.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let index = row * width; index < (row + 1) * width; index++)
      largest = Math.max(largest, Math.abs(data[index]));
    const scale = largest === 0 ? 1 : largest / 127;
    scales[row] = scale;
    for (let index = row * width; index < (row + 1) * width; index++)
      quantised[index] = Math.round(data[index] / scale);
  }
  return new Map<string, Tensor>([
    [name, createTensor('I8', [...shape], quantised) as Tensor],
    [name + scaleSuffix, createTensor('F32', [rows], scales) as Tensor],
  ]);
}

/** The float32 values of a stored tensor: int8 ones times their rows' factors, half ones widened. */
export async function dequantise(tensor: Tensor, name: string, source: WeightSource): Promise<Float32Array> {
  if (tensor.dtype !== 'I8') return toFloat32(tensor);
  const { data: scales } = (await source.read(name + scaleSuffix)) as Tensor<'F32'>;
  const { data } = tensor as Tensor<'I8'>;
  const width = data.length / scales.length;
  // A loop, since `from` with a function takes a third of a second for the shipped weights.
  const values = new Float32Array(data.length);
  for (const [row, scale] of scales.entries()) {
    for (let index = row * width; index < (row + 1) * width; index++) values[index] = data[index] * scale;
  }
  return values;
}
