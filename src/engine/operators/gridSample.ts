import { constant } from '../leaves.js';
import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { clamp, relu } from './activation.js';
import { abs, mul, sub } from './arithmetic.js';
import { requireType } from './broadcast.js';
import { cast, equal, greater, greaterOrEqual, less, logicalAnd, where } from './comparison.js';
import { select } from './gather.js';
import { concat, reshape } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';
import { round } from './rounding.js';

export interface GridSampleAttributes {
  readonly mode: 'bilinear' | 'nearest';
  readonly padding: 'zeros' | 'border';
  readonly alignCorners: boolean;
}

export const gridSampleOperator: Operator<GridSampleAttributes> = {
  name: 'gridSample',
  infer: (inputs) => {
    requireType(inputs, 'float32');
    const [x, grid] = inputs;
    if (x.shape.length !== 4 || grid.shape.length !== 4 || grid.shape[3] !== 2 || grid.shape[0] !== x.shape[0]) {
      throw new Error('expected x [B, C, H, W] and grid [B, h, w, 2]');
    }
    return [{ type: x.type, shape: [x.shape[0], x.shape[1], grid.shape[1], grid.shape[2]] }];
  },
  emit: (graph, { attributes: { mode, padding, alignCorners }, inputs, outputs }) =>
    graph.node('GridSample', inputs, outputs, {
      mode: { string: mode === 'bilinear' ? 'linear' : 'nearest' },
      padding_mode: { string: padding },
      align_corners: { int: Number(alignCorners) },
    }),
  gradient: ({ attributes, inputs: [x, grid], wanted }, [g]) => {
    const [batch, channels, height, width] = x.shape;
    const places = grid.shape[1] * grid.shape[2];
    const horizontal = axisReads(grid, 0, width, attributes);
    const vertical = axisReads(grid, 1, height, attributes);
    const spread = reshape(g!, [batch, channels, places]);
    const flat = reshape(x, [batch, channels, height * width]);
    // d sample / d coordinate, times the output's gradient, summed over the channels
    const along = (rows: Value, columns: Value): Value =>
      sum(mul(spread, matmul(flat, joint(rows, columns), { transposeB: true })), [1]);
    const gridGradient = (): Value => {
      if (attributes.mode === 'nearest') return mul(grid, 0);
      const slopes = [along(vertical.weights, horizontal.slopes), along(vertical.slopes, horizontal.weights)];
      const shape = [...grid.shape.slice(0, 3), 1];
      return concat(
        slopes.map((slope) => reshape(slope, shape)),
        3,
      );
    };
    return [
      wanted(0) ? reshape(matmul(spread, joint(vertical.weights, horizontal.weights)), x.shape) : null,
      wanted(1) ? gridGradient() : null,
    ];
  },
};

/** How each place of the grid reads the elements of one axis: weights and their slopes by the coordinate, [B, P, n]. */
function axisReads(
  grid: Value,
  coordinate: number,
  size: number,
  { mode, padding, alignCorners }: GridSampleAttributes,
): { weights: Value; slopes: Value } {
  const [batch, h, w] = grid.shape;
  const normalised = reshape(select(grid, 3, coordinate), [batch, h * w, 1]);
  // -1 .. 1 becomes the corner elements' centres, or the outer borders.
  const factor = alignCorners ? (size - 1) / 2 : size / 2;
  const free = mul(normalised, factor);
  const place = sub(free, -(size - 1) / 2);
  const kept = padding === 'border' ? clamp(place, 0, size - 1) : place;
  const elements = constant(
    Float32Array.from({ length: size }, (_, index) => index),
    [size],
  );
  if (mode === 'nearest') {
    const weights = cast(equal(round(kept), elements), 'float32');
    return { weights, slopes: weights };
  }
  const distance = sub(kept, elements);
  // The slope from the right, so that whole coordinates lean on their right neighbour as in PyTorch.
  const before = logicalAnd(greaterOrEqual(distance, -1), less(distance, 0));
  const after = logicalAnd(greaterOrEqual(distance, 0), less(distance, 1));
  const hat = where(before, factor, where(after, -factor, 0));
  const inside = logicalAnd(greater(place, 0), less(place, size - 1));
  const slopes = padding === 'border' ? where(inside, hat, 0) : hat;
  return { weights: relu(sub(1, abs(distance))), slopes };
}

/** Products of the weights of rows and columns: [B, P, H] x [B, P, W] -> [B, P, H W]. */
function joint(rows: Value, columns: Value): Value {
  const [batch, places, height] = rows.shape;
  const width = columns.shape[2];
  const product = mul(reshape(rows, [batch, places, height, 1]), reshape(columns, [batch, places, 1, width]));
  return reshape(product, [batch, places, height * width]);
}

/**
 * Reads x at the places of a grid: `[B, C, H, W], [B, h, w, 2] -> [B, C, h, w]` (Jaderberg et al. 2015).
 * Differentiable in both (nearest: in x); the gradient in x costs a matrix of h w by H W elements a sample.
 * @param grid (x, y) of each place in -1 .. 1: the centres of the corner elements with `alignCorners`, else the outer
 *   borders of the picture
 * @param options.padding what lies outside: zeros, or the border's elements
 */
export function gridSample(
  x: Value,
  grid: Value,
  options: {
    readonly mode?: 'bilinear' | 'nearest';
    readonly padding?: 'zeros' | 'border';
    readonly alignCorners?: boolean;
  } = {},
): Value {
  const { mode = 'bilinear', padding = 'zeros', alignCorners = false } = options;
  return apply(gridSampleOperator, [x, grid], { mode, padding, alignCorners });
}
