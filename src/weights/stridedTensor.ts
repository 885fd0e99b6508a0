import type { TensorData } from '../tensors/index.js';

/** Whether a window onto a storage is row-major without gaps, so that its elements follow each other. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** One past the last element that a window names, counted from its offset; 0 when it has none. */
export function windowLength(shape: readonly number[], strides: readonly number[]): number {
  let length = 1;
  for (const [axis, size] of shape.entries()) {
    if (size === 0) return 0;
    length += (size - 1) * strides[axis];
  }
  return length;
}

/**
 * Copies a window into row-major order.
 * @param from the elements from the window's first on
 * @param to as long as the shape has elements, of the same type
 * @param parts how many array entries make one element: 2 for complex numbers
 */
export function copyStrided<Data extends TensorData>(
  from: Data,
  to: Data,
  shape: readonly number[],
  strides: readonly number[],
  parts = 1,
): void {
  const rank = shape.length;
  const index = new Array<number>(rank).fill(0);
  let position = 0;
  for (let done = 0; done < to.length; done += parts) {
    for (let part = 0; part < parts; part++) to[done + part] = from[position * parts + part];
    for (let axis = rank - 1; axis >= 0; axis--) {
      index[axis] += 1;
      position += strides[axis];
      if (index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}
