import { constant } from '../leaves.js';
import { emitPad } from '../onnx/pads.js';
import { type OnnxAttributes, onnxElementType } from '../onnx/protobuf.js';
import { apply, naming, type Operator } from '../operator.js';
import { elementCount, type Value } from '../value.js';
import { add, mul } from './arithmetic.js';
import { axisOf, requireType, resolveAxis } from './broadcast.js';
import { cast, equal, less, logicalNot, where } from './comparison.js';
import { concat, reshape, slice } from './layout.js';
import { matmul } from './matmul.js';
import { argmax, sum } from './reduction.js';

export interface ConstantGatherAttributes {
  readonly axis: number;
  /** Which element each place reads; -1 reads a zero. */
  readonly indices: Int32Array;
  /** Shape of the places: it takes the place of the axis. */
  readonly shape: readonly number[];
}

/** The inverse of a list of readers: for each element, the places that read it, padded with -1 to the longest list. */
function readersOf(indices: Int32Array, size: number): { readers: Int32Array; most: number } {
  const counts = new Int32Array(size);
  for (const index of indices) if (index >= 0) counts[index] += 1;
  const most = counts.reduce((largest, count) => Math.max(largest, count), 1);
  const readers = new Int32Array(size * most).fill(-1);
  counts.fill(0);
  for (const [place, index] of indices.entries()) {
    if (index >= 0) readers[index * most + counts[index]++] = place;
  }
  return { readers, most };
}

export const constantGatherOperator: Operator<ConstantGatherAttributes> = {
  name: 'constantGather',
  infer: ([x], { axis, indices, shape }) => {
    if (indices.length !== elementCount(shape)) throw new Error(`${indices.length} indices do not fill [${shape}]`);
    for (const index of indices) {
      if (index < -1 || index >= x.shape[axis]) throw new Error(`index ${index} is outside axis ${axis}`);
    }
    return [{ type: x.type, shape: [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)] }];
  },
  emit: (graph, { attributes: { axis, indices, shape }, inputs, outputs, inputTypes: [x] }) => {
    let source = inputs[0];
    const size = x.shape[axis];
    const readsZero = indices.includes(-1);
    if (readsZero) {
      source = graph.temporary();
      emitPad(graph, [inputs[0], source], { rank: x.shape.length, axis, before: 0, after: 1 });
    }
    const name = graph.temporary();
    const resolved = readsZero ? indices.map((index) => (index === -1 ? size : index)) : indices;
    graph.initializer(name, { type: 'int64', shape }, resolved);
    graph.node('Gather', [source, name], outputs, { axis: { int: axis } });
  },
  // Scatter with addition loses updates on several threads; a gather of the readers and a sum does not.
  gradient: ({ attributes: { axis, indices, shape }, inputs: [x] }, [g]) => {
    const { readers, most } = readersOf(indices, x.shape[axis]);
    const flat = reshape(g!, [...x.shape.slice(0, axis), elementCount(shape), ...x.shape.slice(axis + 1)]);
    if (most === 1) return [constantGather(flat, axis, readers, [x.shape[axis]])];
    return [sum(constantGather(flat, axis, readers, [x.shape[axis], most]), [axis + 1])];
  },
};

/**
 * Reads elements of one axis at places known when the graph is built: `[.., size, ..] -> [.., ...shape, ..]`.
 * An index of -1 reads a zero. One such gather does window partition, shift and padding at once.
 */
export function constantGather(x: Value, axis: number, indices: Int32Array, shape: readonly number[]): Value {
  return apply(constantGatherOperator, [x], { axis: axisOf('constantGather', x, axis), indices, shape });
}

export const gatherOperator: Operator<{ axis: number; padding: number | null }> = {
  name: 'gather',
  infer: ([x, indices], { axis }) => {
    requireType([indices], 'int64');
    return [{ type: x.type, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }];
  },
  emit: (graph, { attributes, inputs, outputs }) =>
    graph.node('Gather', inputs, outputs, { axis: { int: attributes.axis } }),
  gradient: ({ attributes: { axis, padding }, inputs: [x, indices] }, [g]) => {
    const size = x.shape[axis];
    const before = x.shape.slice(0, axis);
    const after = x.shape.slice(axis + 1);
    const count = elementCount(indices.shape);
    const rows = reshape(g!, [elementCount(before), count, elementCount(after)]);
    const flat = fromFront(reshape(indices, [count]), size);
    if (axis > 0) return [reshape(sumByIndex(rows, flat, size), x.shape), null];
    const read = reshape(rows, [count, elementCount(after)]);
    // The few rows that were read are silenced, not the whole table.
    const silenced =
      padding === null ? read : mul(read, cast(logicalNot(equal(reshape(flat, [count, 1]), padding)), 'float32'));
    return [reshape(scatterRows(silenced, flat, size), x.shape), null];
  },
};

/** Indices counted from the end, which ONNX reads too, as those from the front. */
const fromFront = (indices: Value, size: number): Value => where(less(indices, 0), add(indices, size), indices);

/** [B, count, C] summed into [B, size, C] through the one-hot matrix of the indices. */
function sumByIndex(rows: Value, indices: Value, size: number): Value {
  return matmul(oneHot(indices, size), rows, { transposeA: true });
}

export const scatterRowsOperator: Operator<{ size: number }> = {
  name: 'scatterRows',
  infer: ([rows, indices, sources], { size }) => {
    requireType([indices, sources], 'int64');
    const [count] = rows.shape;
    if (rows.shape.length !== 2 || indices.shape[0] !== count || sources.shape[0] !== count)
      throw new Error('expected rows [N, C], indices [N] and sources [N]');
    return [{ type: rows.type, shape: [size, rows.shape[1]] }];
  },
  // A table of which row each place reads is scattered, not the rows: all of the result is written once, and no table of
  // zeros is kept and copied for it.
  emit: (graph, { attributes: { size }, inputs: [rows, indices, sources], outputs, inputTypes: [{ type, shape }] }) => {
    const [count, width] = shape;
    const sizes = (...values: number[]): string => graph.constant(values, [values.length], 'int64');
    const none = graph.step('Expand', graph.constant([count], [], 'int64'), sizes(size));
    const reads = graph.step('ScatterND', none, graph.step('Unsqueeze', indices, sizes(1)), sources);
    const zeros = graph.step('Expand', graph.constant([0], [], type), sizes(1, width));
    const padded = graph.temporary();
    graph.node('Concat', [rows, zeros], [padded], { axis: { int: 0 } });
    graph.node('Gather', [padded, reads], outputs, { axis: { int: 0 } });
  },
  gradient: ({ inputs: [rows, indices, sources] }, [g]) => {
    const [count] = rows.shape;
    const own = Int32Array.from({ length: count }, (_, place) => place);
    const isSource = cast(equal(sources, constant(own, [count], 'int64')), 'float32');
    return [mul(gather(g!, indices, 0), reshape(isSource, [count, 1])), null, null];
  },
};

export const addRowsOperator: Operator<{ size: number }> = {
  name: 'addRows',
  infer: ([rows, indices], { size }) => {
    requireType([indices], 'int64');
    if (rows.shape.length !== 2 || indices.shape[0] !== rows.shape[0])
      throw new Error('expected rows [N, C], indices [N]');
    return [{ type: rows.type, shape: [size, rows.shape[1]] }];
  },
  // Rows in the order of their indices, those of one index summed towards the last of them in steps that double (a
  // segmented scan, Hillis and Steele 1986), and the last ones written as scatterRows does: nothing is added by a scatter.
  emit: (graph, { attributes: { size }, inputs: [rows, indices], outputs, inputTypes: [{ type, shape }] }) => {
    const [count, width] = shape;
    const sizes = (...values: number[]): string => graph.constant(values, [values.length], 'int64');
    const node = (onnxType: string, inputs: string[], attributes: OnnxAttributes = {}): string => {
      const name = graph.temporary();
      graph.node(onnxType, inputs, [name], attributes);
      return name;
    };
    const part = (value: string, from: number, to: number): string =>
      node('Slice', [value, sizes(from), sizes(to), sizes(0)]);
    const [sorted, order] = [graph.temporary(), graph.temporary()];
    graph.node('TopK', [indices, sizes(count)], [sorted, order], { largest: { int: 0 }, axis: { int: 0 } });
    let sums = node('Gather', [rows, order]);
    for (let step = 1; step < count; step *= 2) {
      const isSame = node('Equal', [part(sorted, step, count), part(sorted, 0, count - step)]);
      const share = node('Cast', [node('Unsqueeze', [isSame, sizes(1)])], { to: { int: onnxElementType[type] } });
      const added = node('Add', [part(sums, step, count), node('Mul', [part(sums, 0, count - step), share])]);
      sums = node('Concat', [part(sums, 0, step), added], { axis: { int: 0 } });
    }
    const isInner = node('Equal', [part(sorted, 0, count - 1), part(sorted, 1, count)]);
    // What is no sum of all rows of its index goes to a place behind the table.
    const inner = node('Where', [isInner, graph.constant([size], [], 'int64'), part(sorted, 0, count - 1)]);
    const places = node('Concat', [inner, part(sorted, count - 1, count)], { axis: { int: 0 } });
    const none = node('Expand', [graph.constant([count], [], 'int64'), sizes(size + 1)]);
    const own = graph.temporary();
    graph.initializer(
      own,
      { type: 'int64', shape: [count] },
      Int32Array.from({ length: count }, (_, place) => place),
    );
    const reads = part(node('ScatterND', [none, node('Unsqueeze', [places, sizes(1)]), own]), 0, size);
    const zeros = node('Expand', [graph.constant([0], [], type), sizes(1, width)]);
    graph.node('Gather', [node('Concat', [sums, zeros], { axis: { int: 0 } }), reads], outputs);
  },
  gradient: ({ inputs: [, indices] }, [g]) => [gather(g!, indices, 0), null],
};

/** From so many looked-up rows on they are summed in sorted order: the equality matrix grows with their square. */
const manyRows = 1024;

/**
 * [N, C] summed by index into [size, C]. A few rows of one index are first summed with a small equality matrix; its place
 * then reads the first of them, so that the scatter writes equal numbers however its threads race.
 */
function scatterRows(rows: Value, indices: Value, size: number): Value {
  const [count] = indices.shape;
  if (count >= manyRows) return apply(addRowsOperator, [rows, indices], { size });
  const same = cast(equal(reshape(indices, [count, 1]), reshape(indices, [1, count])), 'float32');
  return apply(scatterRowsOperator, [matmul(same, rows), indices, argmax(same, 1)], { size });
}

/** Reads elements of one axis at indices that are fed: `[.., size, ..], int64 [...] -> [.., ...indices, ..]`. */
export function gather(x: Value, indices: Value, axis: number): Value {
  return apply(gatherOperator, [x, indices], { axis: axisOf('gather', x, axis), padding: null });
}

/**
 * Rows of a table by index: `[size, C], int64 [...] -> [..., C]`.
 * @param options.padding an index whose row gets no gradient, as PyTorch's padding_idx; a negative one counts from the end
 * @throws Error when there is no such row
 */
export function embedding(table: Value, indices: Value, options: { padding?: number } = {}): Value {
  const { padding = null } = options;
  const [size] = table.shape;
  if (padding === null) return apply(gatherOperator, [table, indices], { axis: 0, padding });
  const row = padding < 0 ? padding + size : padding;
  naming('embedding', [table, indices], () => {
    if (!(Number.isInteger(row) && row >= 0 && row < size))
      throw new Error(`padding ${padding} is no row of a table of ${size}`);
  });
  return apply(gatherOperator, [table, indices], { axis: 0, padding: row });
}

/** int64 [...] -> float32 [..., size]: 1 at the index, 0 elsewhere; an index outside gives zeros. */
export function oneHot(indices: Value, size: number): Value {
  const range = constant(
    Int32Array.from({ length: size }, (_, index) => index),
    [size],
    'int64',
  );
  return cast(equal(reshape(indices, [...indices.shape, 1]), range), 'float32');
}

/** Joins along a new axis, which is `axis` of the result (a negative one counts from its end): n values of one shape. */
export function stack(values: readonly Value[], axis = 0): Value {
  const opened = values.map((value) => {
    const place = naming('stack', values, () => resolveAxis(axis, value.shape.length + 1));
    return reshape(value, [...value.shape.slice(0, place), 1, ...value.shape.slice(place)]);
  });
  return concat(opened, axis);
}

/** Elements in reverse order along one axis. */
export function flip(x: Value, axis: number): Value {
  const size = x.shape[axisOf('flip', x, axis)];
  return constantGather(
    x,
    axis,
    Int32Array.from({ length: size }, (_, index) => size - 1 - index),
    [size],
  );
}

/** One element of an axis, which goes: `[.., size, ..] -> [.., ..]`. */
export function select(x: Value, axis: number, index: number): Value {
  const resolved = axisOf('select', x, axis);
  return reshape(
    slice(x, resolved, index, 1),
    x.shape.filter((_, other) => other !== resolved),
  );
}
