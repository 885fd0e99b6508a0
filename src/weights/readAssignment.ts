import { UserError } from '../errors/index.js';
import { type DType, elementCount, float32Tensor, type Tensor, toFloat32 } from '../tensors/index.js';
import type { ImportAssignment } from './planImport.js';
import { resizeRelativePositionTable, windowOfTable } from './relativePositionTable.js';
import type { WeightSource } from './weightSource.js';

/** What batch norms count: the only whole numbers that become parameters or buffers. */
const counter = /(^|\.)num_batches_tracked$/;
const isWhole = (dtype: DType): boolean => /^[IU]\d|^BOOL/.test(dtype);

/** Refuses values that would be read as other numbers than they stand for: quantised ones without their factors. */
function checkType(source: WeightSource, name: string): void {
  const dtype = source.dtype(name);
  if (!isWhole(dtype) && !/^C\d|^F[46]/.test(dtype)) return;
  throw new UserError(
    `${source.source}: ${name} is of type ${dtype}; expected floating-point numbers: take the weights as they were before they were quantised, or save them as float32`,
  );
}

/**
 * Reads and converts one parameter of an import plan: float32 in the model's shape; counters as they are.
 * @throws UserError that names file and tensor where other whole numbers, or complex ones, stand for a weight
 */
export async function readAssignment(source: WeightSource, assignment: ImportAssignment): Promise<Tensor> {
  const { from, shape, fromShape, third, resize } = assignment;
  if (from.length === 1 && counter.test(from[0]) && isWhole(source.dtype(from[0]))) return source.read(from[0]);
  for (const name of from) checkType(source, name);
  const values = new Float32Array(elementCount(fromShape));
  let position = 0;
  for (const name of from) {
    const part = toFloat32(await source.read(name));
    values.set(
      third === undefined ? part : part.subarray(third * values.length, (third + 1) * values.length),
      position,
    );
    position += part.length;
  }
  if (resize === 'rows') return float32Tensor(shape, values.slice(0, elementCount(shape)));
  if (resize === 'window') {
    const windows = [fromShape[0], shape[0]].map((rows) => windowOfTable(rows)!);
    return float32Tensor(shape, resizeRelativePositionTable(values, shape[1], windows[0], windows[1]));
  }
  return float32Tensor(shape, values);
}
