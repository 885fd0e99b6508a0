import { emitPad } from '../onnx/pads.js';
import { apply, applyAll, naming, type Operator } from '../operator.js';
import { elementCount, sameShape, type Value } from '../value.js';
import { axisOf, broadcastShapes, requireWhole } from './broadcast.js';
import { sumTo } from './reduction.js';

export const reshapeOperator: Operator<{ shape: readonly number[] }> = {
  name: 'reshape',
  infer: ([x], { shape }) => {
    // A width that heads do not divide still has the right product.
    if (shape.some((size) => !Number.isInteger(size) || size < 0) || elementCount(shape) !== elementCount(x.shape)) {
      throw new Error(`${elementCount(x.shape)} elements do not fill [${shape.join(', ')}]`);
    }
    return [{ type: x.type, shape }];
  },
  emit: (graph, { attributes: { shape }, inputs, outputs }) =>
    graph.node('Reshape', [inputs[0], graph.constant(shape, [shape.length], 'int64')], outputs, {
      allowzero: { int: 1 },
    }),
  gradient: ({ inputs: [x] }, [g]) => [reshape(g!, x.shape)],
};

/**
 * The same elements in another shape; one size may be -1 and is worked out (0 where there is no element to tell it by).
 * Shares the memory: free of cost.
 */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const count = elementCount(x.shape);
  const open = count % known === 0 ? count / known : count === known ? 0 : -1;
  const isTold = shape.indexOf(-1) === shape.lastIndexOf(-1);
  const resolved = shape.map((size) => (size === -1 && isTold ? open : size));
  return sameShape(x.shape, resolved) ? x : apply(reshapeOperator, [x], { shape: resolved });
}

export const permuteOperator: Operator<{ order: readonly number[] }> = {
  name: 'permute',
  infer: ([x], { order }) => {
    const sorted = [...order].sort((a, b) => a - b);
    if (order.length !== x.shape.length || sorted.some((axis, index) => axis !== index)) {
      throw new Error(`[${order.join(', ')}] is no order of its ${x.shape.length} axes`);
    }
    return [{ type: x.type, shape: order.map((axis) => x.shape[axis]) }];
  },
  emit: (graph, { attributes: { order }, inputs, outputs }) =>
    graph.node('Transpose', inputs, outputs, { perm: { ints: order } }),
  gradient: ({ attributes: { order } }, [g]) => [
    permute(
      g!,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
};

/** Axes in another order: axis i of the result is axis order[i] of x. */
export function permute(x: Value, order: readonly number[]): Value {
  const moving = order.filter((axis) => x.shape[axis] !== 1);
  // Moving only axes of size 1 changes no element's place.
  const still =
    order.length === x.shape.length && moving.every((axis, index) => index === 0 || moving[index - 1] < axis);
  if (still && new Set(order).size === order.length) {
    return reshape(
      x,
      order.map((axis) => x.shape[axis]),
    );
  }
  const before = x.node;
  if ((before.operator as unknown) === permuteOperator && order.length === x.shape.length) {
    // Two orders in a row are one, and often none: layers that want tokens and layers that want maps meet freely.
    const inner = (before.attributes as { order: readonly number[] }).order;
    const joined = order.map((axis) => inner[axis]);
    const source = before.inputs[0];
    return joined.every((axis, place) => axis === place) ? source : apply(permuteOperator, [source], { order: joined });
  }
  return apply(permuteOperator, [x], { order });
}

export interface SliceAttributes {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

export const sliceOperator: Operator<SliceAttributes> = {
  name: 'slice',
  infer: ([x], { axis, start, length, step }) => {
    requireWhole([step], 1, 'step');
    requireWhole([length], 0, 'length');
    if (!Number.isInteger(start)) throw new Error(`start ${start} is not a whole number`);
    const last = start + (length - 1) * step;
    if (start < 0 || (length > 0 && last >= x.shape[axis])) {
      throw new Error(`elements ${start} to ${last} are outside axis ${axis} of size ${x.shape[axis]}`);
    }
    return [{ type: x.type, shape: x.shape.map((size, index) => (index === axis ? length : size)) }];
  },
  emit: (graph, { attributes: { axis, start, length, step }, inputs, outputs }) => {
    const one = (value: number) => graph.constant([value], [1], 'int64');
    const end = start + (length - 1) * step + 1;
    graph.node('Slice', [inputs[0], one(start), one(end), one(axis), one(step)], outputs);
  },
  gradient: ({ attributes, inputs: [x] }, [g]) => [spreadSlice(g!, attributes, x.shape[attributes.axis])],
};

/** Puts the elements of a slice back to their places in an axis of `size`, zeros elsewhere: the gradient of `slice`. */
export function spreadSlice(g: Value, { axis, start, length, step }: SliceAttributes, size: number): Value {
  let spread = g;
  let covered = length;
  if (step > 1) {
    // Zeros go between the elements: [.., n, ..] -> [.., n, 1, ..] -> [.., n, step, ..] -> [.., n step, ..]
    const open = [...g.shape.slice(0, axis + 1), 1, ...g.shape.slice(axis + 1)];
    const widened = pad(reshape(g, open), axis + 1, 0, step - 1);
    spread = reshape(
      widened,
      g.shape.map((count, index) => (index === axis ? count * step : count)),
    );
    covered = length * step;
  }
  const excess = Math.max(0, start + covered - size);
  if (excess > 0) spread = slice(spread, axis, 0, covered - excess);
  return pad(spread, axis, start, size - start - covered + excess);
}

/** `length` elements of one axis from `start`, every `step`-th; to the end when the length is left out. */
export function slice(x: Value, axis: number, start: number, length?: number, step = 1): Value {
  const resolved = axisOf('slice', x, axis);
  const size = x.shape[resolved];
  const first = start < 0 ? start + size : start;
  const count = length ?? Math.ceil((size - first) / step);
  if (first === 0 && count === size && step === 1) return x;
  return apply(sliceOperator, [x], { axis: resolved, start: first, length: count, step });
}

export const concatOperator: Operator<{ axis: number }> = {
  name: 'concat',
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    for (const { type, shape } of inputs) {
      const fits =
        shape.length === first.shape.length && shape.every((size, i) => i === axis || size === first.shape[i]);
      if (!fits || type !== first.type) throw new Error(`only axis ${axis} may differ`);
    }
    const total = inputs.reduce((count, { shape }) => count + shape[axis], 0);
    return [{ type: first.type, shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  emit: (graph, { attributes, inputs, outputs }) =>
    graph.node('Concat', inputs, outputs, { axis: { int: attributes.axis } }),
  gradient: ({ attributes: { axis }, inputs }, [g]) =>
    split(
      g!,
      axis,
      inputs.map(({ shape }) => shape[axis]),
    ),
};

/** Values joined along one axis; one or more of them. */
export function concat(values: readonly Value[], axis: number): Value {
  naming('concat', values, () => requireWhole([values.length], 1, 'the number of values'));
  return values.length === 1 ? values[0] : apply(concatOperator, values, { axis: axisOf('concat', values[0], axis) });
}

export const splitOperator: Operator<{ axis: number; sizes: readonly number[] }> = {
  name: 'split',
  infer: ([x], { axis, sizes }) => {
    requireWhole(sizes, 0, 'size');
    const total = sizes.reduce((count, size) => count + size, 0);
    if (total !== x.shape[axis]) throw new Error(`parts of ${sizes.join(' + ')} do not make ${x.shape[axis]}`);
    return sizes.map((part) => ({ type: x.type, shape: x.shape.map((size, i) => (i === axis ? part : size)) }));
  },
  emit: (graph, { attributes: { axis, sizes }, inputs, outputs }) =>
    graph.node('Split', [inputs[0], graph.constant(sizes, [sizes.length], 'int64')], outputs, { axis: { int: axis } }),
  gradient: ({ attributes: { axis }, outputs }, gradients) => [
    concat(
      gradients.map((g, index) => g ?? zerosLike(outputs[index])),
      axis,
    ),
  ],
};

/** Parts of the given sizes along one axis. */
export function split(x: Value, axis: number, sizes: readonly number[]): readonly Value[] {
  if (sizes.length === 1) return [x];
  return applyAll(splitOperator, [x], { axis: axisOf('split', x, axis), sizes });
}

export interface PadAttributes {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
  /** What the new elements hold. */
  readonly value: number;
}

export const padOperator: Operator<PadAttributes> = {
  name: 'pad',
  infer: ([x], { axis, before, after }) => {
    if (before < 0 || after < 0) throw new Error(`padding ${before} and ${after} must not be negative: slice instead`);
    requireWhole([before, after], 0, 'padding');
    return [{ type: x.type, shape: x.shape.map((size, i) => (i === axis ? size + before + after : size)) }];
  },
  emit: (graph, { attributes: { axis, before, after, value }, inputs, outputs, inputTypes: [{ type, shape }] }) => {
    const filling = value === 0 ? undefined : graph.constant([value], [], type);
    emitPad(graph, [inputs[0], outputs[0]], { rank: shape.length, axis, before, after }, filling);
  },
  gradient: ({ attributes: { axis, before }, inputs: [x] }, [g]) => [slice(g!, axis, before, x.shape[axis])],
};

/** Zeros, or another value, before and after the elements of one axis. */
export function pad(x: Value, axis: number, before: number, after: number, value = 0): Value {
  if (before === 0 && after === 0) return x;
  return apply(padOperator, [x], { axis: axisOf('pad', x, axis), before, after, value });
}

export const expandOperator: Operator<{ shape: readonly number[] }> = {
  name: 'expand',
  infer: ([x], { shape }) => {
    if (!sameShape(broadcastShapes(x.shape, shape), shape))
      throw new Error(`it does not expand to [${shape.join(', ')}]`);
    return [{ type: x.type, shape }];
  },
  emit: (graph, { attributes: { shape }, inputs, outputs }) =>
    graph.node('Expand', [inputs[0], graph.constant(shape, [shape.length], 'int64')], outputs),
  gradient: ({ inputs: [x] }, [g]) => [sumTo(g!, x.shape)],
};

/** Repeats axes of size 1 (and adds axes in front) up to a shape. */
export function expand(x: Value, shape: readonly number[]): Value {
  return sameShape(x.shape, shape) ? x : apply(expandOperator, [x], { shape });
}

/** Rolls elements along one axis: element i moves to i + shift, those pushed out come back in on the other side. */
export function roll(x: Value, axis: number, shift: number): Value {
  const resolved = axisOf('roll', x, axis);
  const size = x.shape[resolved];
  const offset = ((shift % size) + size) % size;
  if (offset === 0) return x;
  return concat([slice(x, resolved, size - offset, offset), slice(x, resolved, 0, size - offset)], resolved);
}

export const zerosLikeOperator: Operator<null> = {
  name: 'zerosLike',
  infer: ([x]) => [x],
  emit: (graph, { inputs, outputs, inputTypes: [{ type }] }) => {
    const shape = graph.temporary();
    graph.node('Shape', inputs, [shape]);
    graph.node('Expand', [graph.constant([0], [], type), shape], outputs);
  },
  gradient: () => [null],
};

/** Zeros of a value's type and shape. */
export function zerosLike(x: Value): Value {
  return apply(zerosLikeOperator, [x], null);
}
