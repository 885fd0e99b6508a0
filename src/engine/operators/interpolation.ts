import { constant } from '../leaves.js';
import type { Value } from '../value.js';
import { matmul } from './matmul.js';

/** A linear map along one axis: `rows` results from `columns` elements, row-major. */
export interface AxisMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** Fills a matrix of an axis from the weights that each result gives to elements; weights of one element add up. */
export function axisMatrix(
  rows: number,
  columns: number,
  weightsOf: (row: number) => Iterable<readonly [element: number, weight: number]>,
): AxisMatrix {
  const sums = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (const [element, weight] of weightsOf(row)) sums[row * columns + element] += weight;
  }
  return { rows, columns, values: Float32Array.from(sums) };
}

function transposed({ rows, columns, values }: AxisMatrix): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column];
  }
  return turned;
}

const isIdentity = ({ rows, columns, values }: AxisMatrix): boolean =>
  rows === columns && values.every((value, index) => value === (index % (columns + 1) === 0 ? 1 : 0));

/**
 * Applies one matrix along the rows and one along the columns of every map: `[..., H, W] -> [..., h, w]`. Two
 * products are faster than ONNX's Resize, forward and even more so in the gradient, which they get for free.
 */
export function applyAlongAxes(x: Value, vertical: AxisMatrix, horizontal: AxisMatrix): Value {
  const down = (value: Value): Value =>
    isIdentity(vertical) ? value : matmul(constant(vertical.values, [vertical.rows, vertical.columns], x.type), value);
  const across = (value: Value): Value =>
    isIdentity(horizontal)
      ? value
      : matmul(value, constant(transposed(horizontal), [horizontal.columns, horizontal.rows], x.type));
  const { rows: h, columns: height } = vertical;
  const { rows: w, columns: width } = horizontal;
  // The order that multiplies less.
  return h * height * width + h * width * w <= height * width * w + h * height * w ? across(down(x)) : down(across(x));
}
