import { elementCount, type Value } from '../value.js';
import { mul } from './arithmetic.js';
import { type ConvolutionGeometry, positions } from './convolutionGeometry.js';
import { padAxes } from './gather.js';
import { concat, permute, reshape, slice } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';

/**
 * Gradient of a convolution's weight: for each kernel cell, the part of the input that it met, times the output's
 * gradient, summed over all places. One product a cell is faster than im2col and than a convolution with swapped axes.
 * @param x [B, C, ...size]
 * @param g gradient of the output [B, O, ...places]
 * @param kernel spatial sizes of the weight
 * @returns [O, C / groups, ...kernel]
 */
export function convolutionWeightGradient(
  x: Value,
  g: Value,
  kernel: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const { groups } = geometry;
  const [batch, channels] = x.shape;
  const outChannels = g.shape[1];
  const places = g.shape.slice(2);
  const count = elementCount(places);
  if (isPatchwise(kernel, geometry)) return patchWeightGradient(x, g, kernel);
  const padded = padAxes(
    x,
    geometry.padding.map((amount, axis) => [axis + 2, amount, amount] as const),
  );
  // Columns first: cells of one kernel column share that cut, and a cut of rows copies whole runs of memory.
  const met = (cell: readonly number[]): Value =>
    cell.reduceRight(
      (part, offset, axis) =>
        slice(part, axis + 2, offset * geometry.dilation[axis], places[axis], geometry.stride[axis]),
      padded,
    );
  const perGroup = [channels / groups, outChannels / groups] as const;
  const spread = reshape(g, [batch, groups, perGroup[1], count]);
  const depthwise = perGroup[0] === 1 && perGroup[1] === 1;
  const columns = depthwise ? null : permute(spread, [0, 1, 3, 2]);
  const cells = positions(kernel).map((cell) => {
    const part = reshape(met(cell), [batch, groups, perGroup[0], count]);
    // [B, G, C/G, P] x [B, G, P, O/G], summed over the batch
    const product = columns ? matmul(part, columns) : sum(mul(part, spread), [3], { keep: true });
    return reshape(sum(product, [0]), [groups, perGroup[0], perGroup[1], 1]);
  });
  const stacked = permute(concat(cells, 3), [0, 2, 1, 3]);
  return reshape(stacked, [outChannels, perGroup[0], ...kernel]);
}

/** Whether the kernel tiles its input: every element is read at most once. */
export function isPatchwise(kernel: readonly number[], geometry: ConvolutionGeometry): boolean {
  return (
    geometry.groups === 1 &&
    kernel.every(
      (size, axis) =>
        size === geometry.stride[axis] && geometry.padding[axis] === 0 && (size === 1 || geometry.dilation[axis] === 1),
    )
  );
}

/** The patches of an input as rows: [B, C, ...size] -> [B places, C kernel], cutting what does not fill a patch. */
export function patchRows(x: Value, kernel: readonly number[]): Value {
  const [batch, channels] = x.shape;
  const places = kernel.map((size, axis) => Math.floor(x.shape[axis + 2] / size));
  const whole = places.reduce((part, count, axis) => slice(part, axis + 2, 0, count * kernel[axis]), x);
  const opened = reshape(whole, [batch, channels, ...places.flatMap((count, axis) => [count, kernel[axis]])]);
  const placeAxes = places.map((_, axis) => 2 + 2 * axis);
  const kernelAxes = kernel.map((_, axis) => 3 + 2 * axis);
  return reshape(permute(opened, [0, ...placeAxes, 1, ...kernelAxes]), [
    batch * elementCount(places),
    channels * elementCount(kernel),
  ]);
}

function patchWeightGradient(x: Value, g: Value, kernel: readonly number[]): Value {
  const [, channels] = x.shape;
  const outChannels = g.shape[1];
  if (elementCount(kernel) === 1) {
    const flat = (value: Value) => reshape(value, [value.shape[0], value.shape[1], -1]);
    return reshape(sum(matmul(flat(g), flat(x), { transposeB: true }), [0]), [outChannels, channels, ...kernel]);
  }
  const order = [0, ...g.shape.slice(2).map((_, axis) => axis + 2), 1];
  const rows = reshape(permute(g, order), [-1, outChannels]);
  const product = matmul(rows, patchRows(x, kernel), { transposeA: true });
  return reshape(product, [outChannels, channels, ...kernel]);
}
