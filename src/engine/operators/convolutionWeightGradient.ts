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
  // Small maps of many channels: the batch joins the places, and no product of each sample is summed afterwards.
  const folded = groups === 1 && batch > 1 && count <= 2 * outChannels;
  const padded = padAxes(
    folded ? permute(x, [1, 0, ...places.map((_, axis) => axis + 2)]) : x,
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
    if (folded && columns) {
      const rows = reshape(met(cell), [channels, batch * count]);
      return reshape(matmul(rows, reshape(columns, [batch * count, outChannels])), [1, channels, outChannels, 1]);
    }
    const part = reshape(met(cell), [batch, groups, perGroup[0], count]);
    // [B, G, C/G, P] x [B, G, P, O/G], summed over the batch
    const product = columns ? matmul(part, columns) : sum(mul(part, spread), [3], { keep: true });
    return reshape(sum(product, [0]), [groups, perGroup[0], perGroup[1], 1]);
  });
  const stacked = permute(concat(cells, 3), [0, 2, 1, 3]);
  return reshape(stacked, [outChannels, perGroup[0], ...kernel]);
}

/** Whether the kernel tiles its input: every element is read at most once. */
function isPatchwise(kernel: readonly number[], geometry: ConvolutionGeometry): boolean {
  return (
    geometry.groups === 1 &&
    kernel.every(
      (size, axis) =>
        size === geometry.stride[axis] && geometry.padding[axis] === 0 && (size === 1 || geometry.dilation[axis] === 1),
    )
  );
}

/**
 * The elements that each kernel cell meets, cut from patches: [B, C, ...size] -> [cells, B, C, places]. One axis at a
 * time goes to the front, the last one first: three times faster than one permutation of all.
 */
function patchCells(x: Value, kernel: readonly number[]): Value {
  const [batch, channels] = x.shape;
  const places = kernel.map((size, axis) => Math.floor(x.shape[axis + 2] / size));
  const whole = places.reduce((part, count, axis) => slice(part, axis + 2, 0, count * kernel[axis]), x);
  const cells = kernel.reduceRight((value, size, axis) => {
    const finished = elementCount(places.slice(axis + 1));
    return reshape(permute(reshape(value, [-1, size, finished]), [1, 0, 2]), [-1]);
  }, whole);
  return reshape(cells, [elementCount(kernel), batch, channels, elementCount(places)]);
}

function patchWeightGradient(x: Value, g: Value, kernel: readonly number[]): Value {
  const [batch, channels] = x.shape;
  const outChannels = g.shape[1];
  const cells = patchCells(x, kernel);
  const product = matmul(reshape(g, [batch, outChannels, -1]), cells, { transposeB: true }); // [cells, B, O, C]
  return reshape(permute(sum(product, [1]), [1, 2, 0]), [outChannels, channels, ...kernel]);
}
