import type { Value } from '../value.js';
import { constantGather } from './gather.js';
import { type AxisMatrix, applyAlongAxes, axisMatrix } from './interpolation.js';

export interface ResizeOptions {
  /** Whether the corner elements keep their place (true), or the outer borders of the corner elements (false). */
  readonly alignCorners?: boolean;
}

/** Where result `index` of `rows` lies among `columns` elements. */
function sourcePlace(index: number, rows: number, columns: number, alignCorners: boolean): number {
  if (alignCorners) return rows === 1 ? 0 : (index * (columns - 1)) / (rows - 1);
  return ((index + 0.5) * columns) / rows - 0.5;
}

function bilinearMatrix(rows: number, columns: number, alignCorners: boolean): AxisMatrix {
  return axisMatrix(rows, columns, (row) => {
    const place = Math.max(0, sourcePlace(row, rows, columns, alignCorners));
    const near = Math.min(Math.floor(place), columns - 1);
    const far = Math.min(near + 1, columns - 1);
    const share = place - near;
    return [
      [near, 1 - share],
      [far, share],
    ];
  });
}

/** Cubic convolution (Keys 1981) with a = -0.75, as PyTorch and OpenCV use it. */
function cubicWeight(distance: number): number {
  const a = -0.75;
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? a * (((t - 5) * t + 8) * t - 4) : 0;
}

function bicubicMatrix(rows: number, columns: number, alignCorners: boolean): AxisMatrix {
  return axisMatrix(rows, columns, (row) => {
    const place = sourcePlace(row, rows, columns, alignCorners);
    const first = Math.floor(place) - 1;
    return Array.from({ length: 4 }, (_, tap) => {
      const element = Math.min(Math.max(first + tap, 0), columns - 1);
      return [element, cubicWeight(place - first - tap)] as const;
    });
  });
}

const resizeBy =
  (matrix: (rows: number, columns: number, alignCorners: boolean) => AxisMatrix) =>
  (x: Value, size: readonly [number, number], { alignCorners = false }: ResizeOptions = {}): Value => {
    const [height, width] = x.shape.slice(-2);
    return applyAlongAxes(x, matrix(size[0], height, alignCorners), matrix(size[1], width, alignCorners));
  };

/** Bilinear resize `[..., H, W] -> [..., h, w]`, without antialiasing when shrinking, as PyTorch's interpolate. */
export const resizeBilinear = resizeBy(bilinearMatrix);

/** Bicubic resize `[..., H, W] -> [..., h, w]`, a = -0.75, taps beyond the border read the border. */
export const resizeBicubic = resizeBy(bicubicMatrix);

/**
 * Nearest resize `[..., H, W] -> [..., h, w]`: result o of m reads element floor(o n / m) of n, as PyTorch does; with
 * aligned corners the one nearest to o (n - 1) / (m - 1), halves upwards.
 */
export function resizeNearest(
  x: Value,
  size: readonly [number, number],
  { alignCorners = false }: ResizeOptions = {},
): Value {
  return size.reduce((value, count, index) => {
    const axis = x.shape.length - 2 + index;
    const elements = x.shape[axis];
    if (count === elements) return value;
    const reads = Int32Array.from({ length: count }, (_, place) =>
      alignCorners ? Math.round(sourcePlace(place, count, elements, true)) : Math.floor((place * elements) / count),
    );
    return constantGather(value, axis, reads, [count]);
  }, x);
}
