import type { OnnxAttributes } from '../onnx/protobuf.js';
import { requireWhole } from './broadcast.js';

/** One number for every spatial axis, or one for each. */
export type PerAxis = number | readonly number[];

/** How a kernel moves over its input, one number for each spatial axis. */
export interface ConvolutionGeometry {
  readonly stride: readonly number[];
  /** Zeros on both sides of each axis. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

export interface ConvolutionOptions {
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
  readonly dilation?: PerAxis;
  readonly groups?: number;
}

/** Spreads a number over the spatial axes; throws an Error when a list has another length. */
export function perAxis(value: PerAxis, axes: number, what: string): readonly number[] {
  const list = typeof value === 'number' ? Array.from({ length: axes }, () => value) : value;
  if (list.length !== axes) throw new Error(`${what}: ${list.length} numbers for ${axes} spatial axes`);
  return list;
}

/** The geometry that options mean for a weight with so many spatial axes. */
export function resolveGeometry(options: ConvolutionOptions, axes: number): ConvolutionGeometry {
  return {
    stride: perAxis(options.stride ?? 1, axes, 'stride'),
    padding: perAxis(options.padding ?? 0, axes, 'padding'),
    dilation: perAxis(options.dilation ?? 1, axes, 'dilation'),
    groups: options.groups ?? 1,
  };
}

/** Throws unless every number is a whole one in range. */
export function checkGeometry({ stride, padding, dilation, groups }: ConvolutionGeometry): void {
  requireWhole(stride, 1, 'stride');
  requireWhole(padding, 0, 'padding');
  requireWhole(dilation, 1, 'dilation');
  requireWhole([groups], 1, 'groups');
}

/** ONNX attributes of Conv and ConvTranspose. */
export function geometryAttributes(
  { stride, padding, dilation, groups }: ConvolutionGeometry,
  kernel: readonly number[],
): OnnxAttributes {
  return {
    kernel_shape: { ints: kernel },
    strides: { ints: stride },
    pads: { ints: [...padding, ...padding] },
    dilations: { ints: dilation },
    group: { int: groups },
  };
}

/** Size of a convolution's output along one axis; below 1 when the kernel does not fit. */
export function convolvedSize(
  size: number,
  kernel: number,
  { stride, padding, dilation }: { stride: number; padding: number; dilation: number },
): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** All positions within a box, the last axis fastest. */
export function positions(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, index) => [...list, index])),
    [[]],
  );
}
