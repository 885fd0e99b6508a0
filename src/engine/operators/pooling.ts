import type { OnnxAttributes } from '../onnx/protobuf.js';
import { apply, naming, type Operator } from '../operator.js';
import type { Value, ValueType } from '../value.js';
import { addAll } from './arithmetic.js';
import { requireType, requireWhole } from './broadcast.js';
import { equal, logicalAnd, logicalNot, logicalOr, where } from './comparison.js';
import { convolvedSize, type PerAxis, perAxis, positions } from './convolutionGeometry.js';
import { type AxisMatrix, applyAlongAxes, axisMatrix } from './interpolation.js';
import { pad, slice, spreadSlice } from './layout.js';
import { mean } from './reduction.js';

export interface PoolingOptions {
  readonly kernel: PerAxis;
  /** The kernel's size when left out. */
  readonly stride?: PerAxis;
  readonly padding?: PerAxis;
}

export interface PoolingGeometry {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

const resolvePooling = (x: Value, options: PoolingOptions): PoolingGeometry => {
  const axes = x.shape.length - 2;
  return {
    kernel: perAxis(options.kernel, axes, 'kernel'),
    stride: perAxis(options.stride ?? options.kernel, axes, 'stride'),
    padding: perAxis(options.padding ?? 0, axes, 'padding'),
  };
};

function pooledType(x: ValueType, { kernel, stride, padding }: PoolingGeometry): ValueType {
  requireType([x], 'float32', 'float16');
  requireWhole(kernel, 1, 'kernel');
  requireWhole(stride, 1, 'stride');
  requireWhole(padding, 0, 'padding');
  const places = kernel.map((size, axis) => {
    if (padding[axis] * 2 > size) throw new Error(`padding ${padding[axis]} is more than half the kernel ${size}`);
    const own = { stride: stride[axis], padding: padding[axis], dilation: 1 };
    const count = convolvedSize(x.shape[axis + 2], size, own);
    if (count < 1) throw new Error(`the kernel is larger than the padded input along axis ${axis + 2}`);
    return count;
  });
  return { type: x.type, shape: [...x.shape.slice(0, 2), ...places] };
}

const poolingAttributes = ({ kernel, stride, padding }: PoolingGeometry): OnnxAttributes => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  pads: { ints: [...padding, ...padding] },
});

export const maxPoolOperator: Operator<PoolingGeometry> = {
  name: 'maxPool',
  infer: ([x], geometry) => [pooledType(x, geometry)],
  emit: (graph, { attributes, inputs, outputs }) =>
    graph.node('MaxPool', inputs, outputs, poolingAttributes(attributes)),
  gradient: ({ attributes, inputs: [x], outputs: [y] }, [g]) => [maxPoolGradient(x, y, g!, attributes)],
};

/** Each output's gradient goes to the first cell of its window that holds the maximum, row by row, as in PyTorch. */
function maxPoolGradient(x: Value, y: Value, g: Value, { kernel, stride, padding }: PoolingGeometry): Value {
  const places = y.shape.slice(2);
  const padded = padding.reduce(
    (value, amount, axis) => pad(value, axis + 2, amount, amount, Number.NEGATIVE_INFINITY),
    x,
  );
  const sliceOf = (cell: readonly number[], axis: number) => ({
    axis: axis + 2,
    start: cell[axis],
    length: places[axis],
    step: stride[axis],
  });
  let taken: Value | null = null;
  const shares = positions(kernel).map((cell) => {
    const met = cell.reduce((part, offset, axis) => slice(part, axis + 2, offset, places[axis], stride[axis]), padded);
    const holds = equal(met, y);
    const first: Value = taken ? logicalAnd(holds, logicalNot(taken)) : holds;
    taken = taken ? logicalOr(taken, holds) : holds;
    return { cell, share: where(first, g, 0) };
  });
  // Axis by axis from the last: what shares the earlier offsets is added before it is spread further.
  let open = shares;
  for (let axis = kernel.length - 1; axis >= 0; axis--) {
    const sums = new Map<string, { cell: readonly number[]; parts: Value[] }>();
    for (const { cell, share } of open) {
      const spread = spreadSlice(share, sliceOf(cell, axis), padded.shape[axis + 2]);
      const key = cell.slice(0, axis).join();
      const known = sums.get(key);
      if (known) known.parts.push(spread);
      else sums.set(key, { cell: cell.slice(0, axis), parts: [spread] });
    }
    open = [...sums.values()].map(({ cell, parts }) => ({ cell: [...cell], share: addAll(parts) }));
  }
  return padding.reduce((value, amount, axis) => slice(value, axis + 2, amount, x.shape[axis + 2]), open[0].share);
}

/** Largest element of each window, `[B, C, ...size] -> [B, C, ...places]`; padding never wins. */
export function maxPool(x: Value, options: PoolingOptions): Value {
  return apply(
    maxPoolOperator,
    [x],
    naming('maxPool', [x], () => resolvePooling(x, options)),
  );
}

export interface AveragePoolAttributes extends PoolingGeometry {
  readonly countIncludePad: boolean;
}

/** Elements of a window from which averaging one axis after the other is faster: 21 x 21 takes a tenth of the time. */
const largeWindow = 25;

/** The part of a pooling that averages one axis and leaves the others: a window's mean is the mean of its rows' means. */
const alongOneAxis = ({ kernel, stride, padding }: PoolingGeometry, axis: number): PoolingGeometry => {
  const only = (sizes: readonly number[], otherwise: number): number[] =>
    sizes.map((size, index) => (index === axis ? size : otherwise));
  return { kernel: only(kernel, 1), stride: only(stride, 1), padding: only(padding, 0) };
};

export const averagePoolOperator: Operator<AveragePoolAttributes> = {
  name: 'averagePool',
  infer: ([x], geometry) => [pooledType(x, geometry)],
  emit: (graph, { attributes, inputs, outputs }) => {
    const node = (from: string, to: string, geometry: PoolingGeometry): void =>
      graph.node('AveragePool', [from], [to], {
        ...poolingAttributes(geometry),
        count_include_pad: { int: Number(attributes.countIncludePad) },
      });
    const [rows, columns] = attributes.kernel;
    const isSmall = rows * columns < largeWindow || Math.min(rows, columns) === 1;
    if (attributes.kernel.length !== 2 || isSmall) return node(inputs[0], outputs[0], attributes);
    const averaged = graph.temporary();
    node(inputs[0], averaged, alongOneAxis(attributes, 1));
    node(averaged, outputs[0], alongOneAxis(attributes, 0));
  },
  gradient: ({ attributes, inputs: [x], outputs: [y] }, [g]) => {
    const matrices = attributes.kernel.map((_, axis) =>
      averagingMatrix(x.shape[axis + 2], y.shape[axis + 2], axis, attributes),
    );
    if (matrices.length === 2)
      return [applyAlongAxes(g!, transposedMatrix(matrices[0]), transposedMatrix(matrices[1]))];
    return [applyAlongAxes(g!, identityMatrix(x.shape[1]), transposedMatrix(matrices[0]))];
  },
};

const identityMatrix = (size: number): AxisMatrix => axisMatrix(size, size, (row) => [[row, 1]]);

const transposedMatrix = ({ rows, columns, values }: AxisMatrix): AxisMatrix =>
  axisMatrix(columns, rows, (column) =>
    Array.from({ length: rows }, (_, row) => [row, values[row * columns + column]] as const),
  );

/** How each place of one axis averages its elements. */
function averagingMatrix(
  size: number,
  places: number,
  axis: number,
  { kernel, stride, padding, countIncludePad }: AveragePoolAttributes,
): AxisMatrix {
  return axisMatrix(places, size, (place) => {
    const start = place * stride[axis] - padding[axis];
    const first = Math.max(0, start);
    const last = Math.min(size, start + kernel[axis]);
    const elements = Array.from({ length: last - first }, (_, index) => first + index);
    const weight = 1 / (countIncludePad ? kernel[axis] : elements.length);
    return elements.map((element) => [element, weight] as const);
  });
}

/**
 * Mean of each window, `[B, C, ...size] -> [B, C, ...places]`.
 * @param options.countIncludePad whether padding counts as zeros (the default, as in PyTorch) or not at all
 */
export function averagePool(x: Value, options: PoolingOptions & { readonly countIncludePad?: boolean }): Value {
  const { countIncludePad = true } = options;
  const geometry = naming('averagePool', [x], () => resolvePooling(x, options));
  return apply(averagePoolOperator, [x], { ...geometry, countIncludePad });
}

/**
 * Mean over bins that tile each map, `[..., H, W] -> [..., h, w]`: bin i of n elements covers floor(i n / h) to
 * ceil((i + 1) n / h) - 1, as in PyTorch; bins overlap when sizes do not divide.
 */
export function adaptiveAveragePool(x: Value, size: readonly [number, number]): Value {
  if (size[0] === 1 && size[1] === 1) return mean(x, [-2, -1], { keep: true });
  const [vertical, horizontal] = size.map((bins, index) => {
    const elements = x.shape[x.shape.length - 2 + index];
    return axisMatrix(bins, elements, (bin) => {
      const first = Math.floor((bin * elements) / bins);
      const last = Math.ceil(((bin + 1) * elements) / bins);
      return Array.from({ length: last - first }, (_, step) => [first + step, 1 / (last - first)] as const);
    });
  });
  return applyAlongAxes(x, vertical, horizontal);
}
