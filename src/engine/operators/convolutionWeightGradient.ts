import { elementCount, type Value } from '../value.js';
import { type ConvolutionGeometry, convolvedSize } from './convolutionGeometry.js';
import { constantGather } from './gather.js';
import { concat, pad, permute, reshape, slice } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';
import { shift } from './shift.js';

/**
 * Gradient of a convolution's weight: for each kernel cell, the part of the input that it met, times the output's
 * gradient, summed over all places.
 *
 * One product gives all cells. The rows that each row of the kernel meets are read from the input, copy beside copy; the
 * columns are not cut from these copies but moved within the gradient, in as many copies as the kernel has columns. A
 * 3 x 3 kernel copies 3 inputs and 3 gradients where im2col copies 9 inputs, and multiplies [3 C, places] by
 * [places, 3 O]: a quarter less time than one product a cell, and a fourth of the nodes.
 * @param x [B, C, ...size], one or two axes of size
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
  if (isPatchwise(kernel, geometry)) return patchWeightGradient(x, g, kernel);
  if (kernel.length > 2) throw new Error(`a kernel of ${kernel.length} axes has no weight gradient: one or two have`);
  const { groups } = geometry;
  const [batch, channels] = x.shape;
  const outChannels = g.shape[1];
  const groupChannels = channels / groups;
  const groupOut = outChannels / groups;
  const places = g.shape.slice(2);
  const [last] = kernel.slice(-1);
  const height = kernel.length === 2 ? kernel[0] : 1;
  // Small maps of many channels: the batch joins the places, and no product of each sample is summed afterwards.
  const folded = groups === 1 && elementCount(places) <= 2 * outChannels;
  const arrange = (value: Value): Value => {
    const spatial = value.shape.slice(2);
    if (folded) return kernel.length === 2 ? permute(value, [1, 2, 0, 3]) : permute(value, [1, 0, 2]); // [C, H, B, W]
    return groups === 1 ? value : reshape(value, [batch, groups, value.shape[1] / groups, ...spatial]); // [B, G, C / G, H, W]
  };
  const lead = folded ? [] : groups === 1 ? [batch] : [batch, groups];
  const channelAxis = lead.length;

  // With a stride, columns of the input are cut after all: moving the gradient would fill it with zeros.
  const moves = geometry.stride[kernel.length - 1] === 1;
  const columns = moves ? arrange(x) : cutColumns(arrange(x), channelAxis, last, geometry);
  const rows = kernel.length === 2 ? readRows(columns, channelAxis + 1, height, x.shape[2], geometry) : columns;
  const spread = moves ? moveColumns(arrange(g), channelAxis, last, x.shape[x.shape.length - 1], geometry) : arrange(g);

  const [cuts, copies] = moves ? [1, last] : [last, 1];
  const left = reshape(rows, [...lead, cuts * groupChannels * height, -1]);
  const right = reshape(spread, [...lead, copies * groupOut, -1]);
  const products = matmul(left, right, { transposeB: true });
  const product = folded ? products : sum(products, [0]);
  const cells = moves
    ? permute(reshape(product, [groups, groupChannels, height, last, groupOut]), [0, 4, 1, 2, 3])
    : permute(reshape(product, [groups, last, groupChannels, height, groupOut]), [0, 4, 2, 3, 1]);
  return reshape(cells, [outChannels, groupChannels, ...kernel]);
}

/** The rows that each row of the kernel meets: [.., H, ..] -> [.., kernel rows, places, ..]. */
function readRows(
  x: Value,
  axis: number,
  kernelRows: number,
  size: number,
  { stride: [stride], padding: [padding], dilation: [dilation] }: ConvolutionGeometry,
): Value {
  const places = convolvedSize(size, kernelRows, { stride, padding, dilation });
  const reads = Int32Array.from({ length: kernelRows * places }, (_, index) => {
    const row = Math.floor(index / places) * dilation + (index % places) * stride - padding;
    return row >= 0 && row < size ? row : -1;
  });
  return constantGather(x, axis, reads, [kernelRows, places]);
}

/** The gradient once for each column of the kernel, moved to the input's columns that it met, beside each other. */
function moveColumns(
  g: Value,
  channelAxis: number,
  kernelColumns: number,
  size: number,
  { padding, dilation }: ConvolutionGeometry,
): Value {
  const place = padding.length - 1;
  const copies = Array.from({ length: kernelColumns }, (_, column) =>
    shift(g, -1, column * dilation[place] - padding[place], size),
  );
  return concat(copies, channelAxis);
}

/** The columns of the input that each column of the kernel meets, beside each other. */
function cutColumns(
  x: Value,
  channelAxis: number,
  kernelColumns: number,
  { stride, padding, dilation }: ConvolutionGeometry,
): Value {
  const place = padding.length - 1;
  const own = { stride: stride[place], padding: padding[place], dilation: dilation[place] };
  const [size] = x.shape.slice(-1);
  const padded = pad(x, -1, own.padding, own.padding);
  const cuts = Array.from({ length: kernelColumns }, (_, column) =>
    slice(padded, -1, column * own.dilation, convolvedSize(size, kernelColumns, own), own.stride),
  );
  return concat(cuts, channelAxis);
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
