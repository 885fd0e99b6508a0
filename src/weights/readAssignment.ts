import { elementCount, float32Tensor, type Tensor, toFloat32 } from '../tensors/index.js';
import type { ImportAssignment } from './planImport.js';
import { resizeRelativePositionTable, windowOfTable } from './relativePositionTable.js';
import type { WeightSource } from './weightSource.js';

/** Reads and converts one parameter of an import plan: float32 in the model's shape; whole numbers (counters) as they are. */
export async function readAssignment(source: WeightSource, assignment: ImportAssignment): Promise<Tensor> {
  const { from, shape, fromShape, third, resize } = assignment;
  if (from.length === 1 && /^[IU]\d|^BOOL/.test(source.dtype(from[0]))) return source.read(from[0]);
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
