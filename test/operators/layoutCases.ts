import * as e from '../../src/engine/index.js';
import { at, type Draw, type OperatorCase, shapeOf, tabulate, volume } from './cases.js';

/** A tensor of 1 to 3 axes and one of them. */
const axisOf = (draw: Draw): { shape: number[]; axis: number } => {
  const shape = shapeOf(draw, draw.whole(1, 3));
  return { shape, axis: draw.whole(0, shape.length - 1) };
};

const replaced = (list: readonly number[], axis: number, value: number): number[] => {
  const copy = [...list];
  copy[axis] = value;
  return copy;
};

export const layoutCases = {
  concat: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const parts = [draw.size(), draw.size(), draw.size()];
      return {
        inputs: parts.map((size) => ({ shape: replaced(shape, axis, size), fill: 'any' as const })),
        build: (...values) => e.concat(values, axis),
        reference: (...values) =>
          tabulate(replaced(shape, axis, parts[0] + parts[1] + parts[2]), (index) => {
            let place = index[axis];
            let part = 0;
            while (place >= parts[part]) place -= parts[part++];
            return at(values[part], replaced(index, axis, place));
          }),
      };
    },
  },
  constantGather: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const places = [draw.size(), draw.size()];
      const reads = Int32Array.from({ length: volume(places) }, () => draw.whole(-1, shape[axis] - 1));
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.constantGather(x, axis, reads, places),
        reference: (x) =>
          tabulate([...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)], (index) => {
            const element = reads[index[axis] * places[1] + index[axis + 1]];
            return element < 0 ? 0 : at(x, [...index.slice(0, axis), element, ...index.slice(axis + 2)]);
          }),
      };
    },
  },
  expand: {
    family: 'exact',
    sample: (draw) => {
      const full = shapeOf(draw, draw.whole(1, 3));
      const shape = full.map((size) => (draw.pick([true, false]) ? 1 : size)).slice(draw.whole(0, full.length));
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.expand(x, full),
        reference: (x) => tabulate(full, (index) => at(x, index)),
      };
    },
  },
  gather: {
    family: 'sums',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const places = [draw.size(), draw.size()];
      const reads = Array.from({ length: volume(places) }, () => draw.whole(0, shape[axis] - 1));
      return {
        inputs: [
          { shape, fill: 'any' },
          { shape: places, fill: reads, type: 'int64' },
        ],
        build: (x, indices) => e.gather(x, indices, axis),
        reference: (x) =>
          tabulate([...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)], (index) => {
            const element = reads[index[axis] * places[1] + index[axis + 1]];
            return at(x, [...index.slice(0, axis), element, ...index.slice(axis + 2)]);
          }),
      };
    },
  },
  pad: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const [before, after] = [draw.whole(0, 3), draw.whole(0, 3)];
      const value = draw.pick([0, 1.5]);
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.pad(x, axis, before, after, value),
        reference: (x) =>
          tabulate(replaced(shape, axis, shape[axis] + before + after), (index) => {
            const place = index[axis] - before;
            return place < 0 || place >= shape[axis] ? value : at(x, replaced(index, axis, place));
          }),
      };
    },
  },
  permute: {
    family: 'exact',
    sample: (draw) => {
      const shape = shapeOf(draw, 3);
      const order = draw.pick([
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ]);
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.permute(x, order),
        reference: (x) =>
          tabulate(
            order.map((axis) => shape[axis]),
            (index) =>
              at(
                x,
                shape.map((_, axis) => index[order.indexOf(axis)]),
              ),
          ),
      };
    },
  },
  reshape: {
    family: 'exact',
    sample: (draw) => {
      const shape = shapeOf(draw, 3);
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.reshape(x, [-1, shape[0]]),
        reference: (x) => x.data,
      };
    },
  },
  scatterRows: rowsAdded((draw) => draw.size()),
  addRows: rowsAdded((draw) => 1024 + draw.size()),
  reverse: {
    family: 'exact',
    sample: (draw) => {
      const shape = shapeOf(draw, draw.whole(2, 3));
      const axes = draw.pick([[0], [1], [0, 1], [shape.length - 1, 0]]);
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.reverse(x, axes),
        reference: (x) =>
          tabulate(shape, (index) =>
            at(
              x,
              index.map((place, axis) => (axes.includes(axis) ? shape[axis] - 1 - place : place)),
            ),
          ),
      };
    },
  },
  shift: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const [start, size] = [draw.whole(-4, 4), draw.size()];
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.shift(x, axis, start, size),
        reference: (x) =>
          tabulate(replaced(shape, axis, size), (index) => {
            const place = index[axis] - start;
            return place < 0 || place >= shape[axis] ? 0 : at(x, replaced(index, axis, place));
          }),
      };
    },
  },
  slice: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const step = draw.whole(1, 3);
      const start = draw.whole(0, shape[axis] - 1);
      const length = draw.whole(1, Math.ceil((shape[axis] - start) / step));
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.slice(x, axis, start, length, step),
        reference: (x) =>
          tabulate(replaced(shape, axis, length), (index) => at(x, replaced(index, axis, start + step * index[axis]))),
      };
    },
  },
  split: {
    family: 'exact',
    sample: (draw) => {
      const { shape, axis } = axisOf(draw);
      const sizes = [draw.size(), draw.size(), draw.size()];
      return {
        inputs: [{ shape: replaced(shape, axis, sizes[0] + sizes[1] + sizes[2]), fill: 'any' }],
        // The last part is left out: its gradient is zeros.
        build: (x) => e.split(x, axis, sizes).slice(0, 2),
        reference: (x) => tabulate(replaced(shape, axis, sizes[0]), (index) => at(x, index)),
      };
    },
  },
} satisfies Record<string, OperatorCase>;

/** The gradient of a table that so many places read. */
function rowsAdded(placesOf: (draw: Draw) => number): OperatorCase {
  return {
    noGradient: 'it is part of the gradient of gather',
    family: 'sums',
    sample: (draw) => {
      const [size, width] = [draw.size() + 1, draw.size()];
      const reads = Array.from({ length: placesOf(draw) }, () => draw.whole(0, size - 1));
      return {
        inputs: [
          { shape: [size, width], fill: 'any' },
          { shape: [reads.length], fill: reads, type: 'int64' },
        ],
        build: (table, indices) => e.gradients(e.sum(e.embedding(table, indices)), [table])[0]!,
        reference: () => tabulate([size, width], ([row]) => reads.filter((read) => read === row).length),
      };
    },
  };
}
