import fc from 'fast-check';
import type { Value } from '../../src/engine/index.js';

/** What a case draws its sizes and options from: fast-check in properties, fixed large sizes for the runs on threads. */
export interface Draw {
  /** Size of an axis, 1 or more. */
  size(most?: number): number;
  whole(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** How an input's elements are drawn. */
export type Fill =
  /** -2 .. 2 */
  | 'any'
  /** 0.5 .. 2 */
  | 'positive'
  /** Far from each other, over all inputs of the sample, so that no step changes which is larger. */
  | 'distinct'
  /** At least 0.15 from these numbers, where the slope jumps. */
  | { readonly awayFrom: readonly number[] }
  /** These numbers, which the directions vary. */
  | { readonly values: readonly number[] }
  /** These numbers; they are not varied. */
  | readonly number[];

export interface InputSample {
  readonly shape: readonly number[];
  readonly fill: Fill;
  readonly type?: 'float32' | 'int64' | 'bool';
}

export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** One use of an operator. */
export interface Sample {
  readonly inputs: readonly InputSample[];
  build(...inputs: readonly Value[]): Value | readonly Value[];
  /** The first output computed in plain TypeScript and double precision. */
  reference?(...inputs: readonly PlainTensor[]): ArrayLike<number>;
}

/**
 * Largest allowed deviation of a slope from its central difference, relative to the norms of what is summed; float32
 * forward passes alone give up to 7e-5.
 */
export const tolerances = {
  /** One multiplication or less for each element. */
  exact: 5e-5,
  /** Curved functions: the differences' own error adds. */
  smooth: 1e-4,
  /** Sums of many products, normalisations. */
  sums: 3e-4,
} as const;

export interface OperatorCase {
  readonly family: keyof typeof tolerances;
  /** Why no gradient is checked, where there is none. */
  readonly noGradient?: string;
  sample(draw: Draw): Sample;
}

export const volume = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Row-major multi-index of a flat position. */
export function unravel(position: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

/** The element at a multi-index, broadcasting axes of size 1 and missing leading axes. */
export function at({ shape, data }: PlainTensor, index: readonly number[]): number {
  const extra = index.length - shape.length;
  let position = 0;
  for (const [axis, size] of shape.entries()) {
    const own = size === 1 ? 0 : index[axis + extra];
    if (own < 0 || own >= size) return 0;
    position = position * size + own;
  }
  return Number(data[position]);
}

/** Elements of a tensor given by a function of the multi-index. */
export function tabulate(shape: readonly number[], element: (index: readonly number[]) => number): Float64Array {
  return Float64Array.from({ length: volume(shape) }, (_, position) => element(unravel(position, shape)));
}

/** A shape of so many axes. */
export const shapeOf = (draw: Draw, rank: number): number[] => Array.from({ length: rank }, () => draw.size());

/** Two shapes that broadcast together: some axes of one are 1 or missing. */
export function broadcastPair(draw: Draw): [number[], number[]] {
  const full = shapeOf(draw, draw.whole(1, 3));
  const shrink = (shape: readonly number[]) => shape.map((size) => (draw.whole(0, 2) === 0 ? 1 : size));
  const other = shrink(full).slice(draw.whole(0, full.length));
  return draw.pick([true, false]) ? [full, other] : [other, full];
}

export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)),
  );
}

/** Sizes and options that fast-check draws, and makes smaller when a check fails. */
export const fromGenerator = (generate: fc.GeneratorValue): Draw => ({
  size: (most = 4) => generate(fc.integer, { min: 1, max: most }),
  whole: (min, max) => generate(fc.integer, { min, max }),
  pick: (items) => items[generate(fc.nat, items.length - 1)],
});
