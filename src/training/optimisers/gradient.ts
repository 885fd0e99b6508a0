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
 * Throws a UserError unless each gradient is of a parameter that the optimiser was made for, and fits it.
 * @param parameters by name: their numbers, and the width of a table's rows
 */
export function checkGradients(
  gradients: ReadonlyMap<string, Gradient>,
  parameters: ReadonlyMap<string, { readonly data: Float32Array; readonly rowWidth?: number }>,
): void {
  for (const [name, gradient] of gradients) {
    const parameter = parameters.get(name);
    if (!parameter) throw new UserError(`the optimiser was not made for ${name}, of which it was given a gradient`);
    checkGradient(name, gradient, parameter.data.length, parameter.rowWidth);
  }
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
  const lookUps = new Map<number, number[]>();
  for (let index = 0; index < ids.length; index++) {
    const id = Number(ids[index]);
    if (id === paddingRow) continue;
    const places = lookUps.get(id);
    if (places) places.push(index);
    else lookUps.set(id, [index]);
  }
  const rows = Int32Array.from(lookUps.keys()).sort();
  const values = new Float32Array(rows.length * width);
  const sum = new Float64Array(width);
  for (let row = 0; row < rows.length; row++) {
    const [first, ...others] = lookUps.get(rows[row])!;
    values.set(gradients.subarray(first * width, (first + 1) * width), row * width);
    // Most rows are looked up once: the copy is all they need.
    if (others.length === 0) continue;
    sum.set(values.subarray(row * width, (row + 1) * width));
    for (const index of others) {
      const from = index * width;
      for (let column = 0; column < width; column++) sum[column] += gradients[from + column];
    }
    values.set(sum, row * width);
  }
  return { rows, values };
}

/** A sparse gradient as a dense one of `length` numbers; a dense one as it is. */
export function denseGradient(gradient: Gradient, length: number, width: number): Float32Array {
  if (gradient instanceof Float32Array) return gradient;
  const dense = new Float32Array(length);
  for (let index = 0; index < gradient.rows.length; index++)
    dense.set(gradient.values.subarray(index * width, (index + 1) * width), gradient.rows[index] * width);
  return dense;
}
