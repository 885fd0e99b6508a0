import { UserError } from '../../errors/index.js';

/**
 * The gradient of a table of which few rows were used: `values` holds `rows.length` rows of the table's width, `rows`
 * their numbers, rising and distinct. Rows not named have a gradient of zero.
 */
export interface SparseRows {
  readonly rows: Int32Array;
  readonly values: Float32Array;
}

/** The gradient of one parameter: as long as the parameter, or the used rows of a table. */
export type Gradient = Float32Array | SparseRows;

/** The numbers of a gradient, whichever form it has. */
export const valuesOfGradient = (gradient: Gradient): Float32Array =>
  gradient instanceof Float32Array ? gradient : gradient.values;

/**
 * Throws a UserError unless a gradient fits its parameter. Not every number is looked at.
 * @param width the table's width, where the parameter is one
 */
export function checkGradient(name: string, gradient: Gradient, length: number, width: number | undefined): void {
  if (gradient instanceof Float32Array) {
    if (gradient.length !== length)
      throw new UserError(`the gradient of ${name} has ${gradient.length} numbers, the parameter ${length}`);
    return;
  }
  const { rows, values } = gradient;
  if (width === undefined)
    throw new UserError(`${name} was given a gradient of rows: state its rowWidth when the optimiser is made`);
  if (values.length !== rows.length * width)
    throw new UserError(
      `the gradient of ${name} has ${rows.length} rows of ${width}, so ${rows.length * width} numbers; got ${values.length}`,
    );
  const count = length / width;
  for (let index = 0; index < rows.length; index++)
    if (rows[index] < 0 || rows[index] >= count || (index > 0 && rows[index] <= rows[index - 1]))
      throw new UserError(`the gradient of ${name} names row ${rows[index]}: rows must rise from 0 to ${count - 1}`);
}

/**
 * Adds the gradients of looked-up rows into one row each: the gradient of an embedding. Sums run in double precision in
 * the order of the look-ups, so the result does not depend on threads.
 * @param ids [N] the rows that were looked up, in order, with repeats
 * @param gradients [N, width] the gradient of each look-up
 * @param width numbers a row
 * @param paddingRow a row that gets no gradient, if any
 */
export function sumRows(
  ids: ArrayLike<number | bigint>,
  gradients: Float32Array,
  width: number,
  paddingRow?: number,
): SparseRows {
  if (gradients.length !== ids.length * width)
    throw new RangeError(`sumRows: ${ids.length} rows of ${width} are not ${gradients.length} numbers`);
  const used = new Set<number>();
  for (let index = 0; index < ids.length; index++) used.add(Number(ids[index]));
  if (paddingRow !== undefined) used.delete(paddingRow);
  const rows = Int32Array.from(used).sort();
  const place = new Map<number, number>();
  for (let index = 0; index < rows.length; index++) place.set(rows[index], index);
  const sums = new Float64Array(rows.length * width);
  for (let index = 0; index < ids.length; index++) {
    const row = place.get(Number(ids[index]));
    if (row === undefined) continue;
    const from = index * width;
    const to = row * width;
    for (let column = 0; column < width; column++) sums[to + column] += gradients[from + column];
  }
  return { rows, values: Float32Array.from(sums) };
}

/** A sparse gradient as a dense one of `length` numbers; a dense one as it is. */
export function denseGradient(gradient: Gradient, length: number, width: number): Float32Array {
  if (gradient instanceof Float32Array) return gradient;
  const dense = new Float32Array(length);
  for (let index = 0; index < gradient.rows.length; index++)
    dense.set(gradient.values.subarray(index * width, (index + 1) * width), gradient.rows[index] * width);
  return dense;
}
