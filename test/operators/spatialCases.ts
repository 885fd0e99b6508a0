import * as e from '../../src/engine/index.js';
import { at, type Draw, type OperatorCase, type PlainTensor, tabulate } from './cases.js';

interface Axis {
  kernel: number;
  stride: number;
  padding: number;
  dilation: number;
}

const axisOf = (draw: Draw): Axis => {
  const kernel = draw.whole(1, 3);
  return { kernel, stride: draw.whole(1, 3), padding: draw.whole(0, 2), dilation: draw.whole(1, 2) };
};

/** Every position of a kernel's axes. */
const cells = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => [...Array(size).keys()].map((k) => [...list, k])),
    [[]],
  );

/** Element of [B, C, ...size] at places that may lie outside, where it is `outside`. */
const read = (x: PlainTensor, batch: number, channel: number, place: readonly number[], outside = 0): number => {
  const inside = place.every((value, axis) => value >= 0 && value < x.shape[axis + 2]);
  return inside ? at(x, [batch, channel, ...place]) : outside;
};

export const spatialCases = {
  convolution: {
    family: 'sums',
    sample: (draw) => {
      const axes = Array.from({ length: draw.pick([1, 2]) }, () => axisOf(draw));
      const groups = draw.pick([1, 1, 2, 3]);
      const perGroup = draw.pick([1, 2]);
      const outChannels = groups * draw.pick([1, 2]);
      const size = axes.map(({ kernel, dilation }) => dilation * (kernel - 1) + draw.size());
      const kernel = axes.map((axis) => axis.kernel);
      const withBias = draw.pick([true, false]);
      const shapes = [
        [draw.whole(1, 2), groups * perGroup, ...size],
        [outChannels, perGroup, ...kernel],
        ...(withBias ? [[outChannels]] : []),
      ];
      const options = {
        stride: axes.map(({ stride }) => stride),
        padding: axes.map(({ padding }) => padding),
        dilation: axes.map(({ dilation }) => dilation),
        groups,
      };
      return {
        inputs: shapes.map((shape) => ({ shape, fill: 'any' as const })),
        build: (x, weight, bias) => e.convolution(x, weight, bias ?? null, options),
        reference: (x, weight, bias) => {
          const places = axes.map(
            ({ kernel: own, stride, padding, dilation }, axis) =>
              Math.floor((size[axis] + 2 * padding - dilation * (own - 1) - 1) / stride) + 1,
          );
          return tabulate([shapes[0][0], outChannels, ...places], ([batch, out, ...place]) => {
            let sum = bias ? Number(bias.data[out]) : 0;
            const group = Math.floor(out / (outChannels / groups));
            for (const cell of cells(kernel)) {
              const source = place.map(
                (value, axis) => value * axes[axis].stride - axes[axis].padding + cell[axis] * axes[axis].dilation,
              );
              for (let channel = 0; channel < perGroup; channel++) {
                sum += read(x, batch, group * perGroup + channel, source) * at(weight, [out, channel, ...cell]);
              }
            }
            return sum;
          });
        },
      };
    },
  },
  transposedConvolution: {
    family: 'sums',
    sample: (draw) => {
      const axes = Array.from({ length: draw.pick([1, 2]) }, () => axisOf(draw));
      const groups = draw.pick([1, 2]);
      const [perGroup, outPerGroup] = [draw.pick([1, 2]), draw.pick([1, 2])];
      const size = axes.map(({ padding }) => padding * 2 + draw.size());
      const kernel = axes.map((axis) => axis.kernel);
      const outputPadding = axes.map(({ stride }) => draw.whole(0, stride - 1));
      const withBias = draw.pick([true, false]);
      const shapes = [
        [draw.whole(1, 2), groups * perGroup, ...size],
        [groups * perGroup, outPerGroup, ...kernel],
        ...(withBias ? [[groups * outPerGroup]] : []),
      ];
      const options = {
        stride: axes.map(({ stride }) => stride),
        padding: axes.map(({ padding }) => padding),
        dilation: axes.map(({ dilation }) => dilation),
        outputPadding,
        groups,
      };
      return {
        inputs: shapes.map((shape) => ({ shape, fill: 'any' as const })),
        build: (x, weight, bias) => e.transposedConvolution(x, weight, bias ?? null, options),
        reference: (x, weight, bias) => {
          const places = axes.map(
            ({ kernel: own, stride, padding, dilation }, axis) =>
              (size[axis] - 1) * stride - 2 * padding + dilation * (own - 1) + 1 + outputPadding[axis],
          );
          return tabulate([shapes[0][0], groups * outPerGroup, ...places], ([batch, out, ...place]) => {
            let sum = bias ? Number(bias.data[out]) : 0;
            const group = Math.floor(out / outPerGroup);
            for (const cell of cells(kernel)) {
              const source = place.map(
                (value, axis) => (value + axes[axis].padding - cell[axis] * axes[axis].dilation) / axes[axis].stride,
              );
              if (!source.every(Number.isInteger)) continue;
              for (let channel = group * perGroup; channel < (group + 1) * perGroup; channel++) {
                sum += read(x, batch, channel, source) * at(weight, [channel, out % outPerGroup, ...cell]);
              }
            }
            return sum;
          });
        },
      };
    },
  },
  maxPool: pooling(
    'distinct',
    (options) => (x) => e.maxPool(x, options),
    (elements) => Math.max(...elements.filter((element) => element !== null)),
  ),
  averagePool: pooling(
    'any',
    (options, countIncludePad) => (x) => e.averagePool(x, { ...options, countIncludePad }),
    (elements, countIncludePad) => {
      const present = elements.filter((element) => element !== null);
      return present.reduce((sum, value) => sum + value, 0) / (countIncludePad ? elements.length : present.length);
    },
  ),
  gridSample: {
    family: 'sums',
    sample: (draw) => {
      const mode = draw.pick(['bilinear', 'nearest'] as const);
      const padding = draw.pick(['zeros', 'border'] as const);
      const alignCorners = draw.pick([true, false]);
      const [batch, height, width] = [draw.whole(1, 2), draw.whole(2, 5), draw.whole(2, 5)];
      const grid = [batch, draw.size(), draw.size(), 2];
      // Places a fifth to four fifths of the way between elements, so that no step crosses one; some lie outside.
      const place = (size: number) => draw.whole(-2, size) + draw.pick([0.2, 0.35, 0.65, 0.8]);
      const toGrid = (value: number, size: number) =>
        alignCorners ? (2 * value) / (size - 1) - 1 : (2 * value + 1) / size - 1;
      const fill: number[] = [];
      for (let count = 0; count < batch * grid[1] * grid[2]; count++) {
        fill.push(toGrid(place(width), width), toGrid(place(height), height));
      }
      return {
        inputs: [
          { shape: [batch, 2, height, width], fill: 'any' },
          { shape: grid, fill: mode === 'nearest' ? fill : { values: fill } },
        ],
        build: (x, places) => e.gridSample(x, places, { mode, padding, alignCorners }),
        reference: (x, places) =>
          tabulate([batch, 2, grid[1], grid[2]], ([b, channel, row, column]) => {
            const coordinate = (axis: number, size: number) => {
              const value = at(places, [b, row, column, axis]);
              const free = alignCorners ? ((value + 1) * (size - 1)) / 2 : ((value + 1) * size - 1) / 2;
              return padding === 'border' ? Math.min(Math.max(free, 0), size - 1) : free;
            };
            const [sx, sy] = [coordinate(0, width), coordinate(1, height)];
            if (mode === 'nearest') return read(x, b, channel, [Math.round(sy), Math.round(sx)]);
            let sum = 0;
            for (const [y, x0] of cells([2, 2]).map(([i, j]) => [Math.floor(sy) + i, Math.floor(sx) + j])) {
              sum += (1 - Math.abs(sy - y)) * (1 - Math.abs(sx - x0)) * read(x, b, channel, [y, x0]);
            }
            return sum;
          }),
      };
    },
  },
} satisfies Record<string, OperatorCase>;

function pooling(
  fill: 'any' | 'distinct',
  build: (
    options: { kernel: number[]; stride: number[]; padding: number[] },
    countIncludePad: boolean,
  ) => (x: e.Value) => e.Value,
  plain: (elements: (number | null)[], countIncludePad: boolean) => number,
): OperatorCase {
  return {
    family: 'sums',
    sample: (draw) => {
      const axes = Array.from({ length: draw.pick([1, 2]) }, () => {
        // Averages of large windows are taken axis by axis.
        const kernel = draw.pick([1, 2, 3, 3, 7]);
        return { kernel, stride: draw.whole(1, 3), padding: draw.whole(0, Math.floor(kernel / 2)) };
      });
      const shape = [draw.whole(1, 2), draw.whole(1, 2), ...axes.map(({ kernel }) => kernel + draw.size() - 1)];
      const countIncludePad = draw.pick([true, false]);
      const options = {
        kernel: axes.map(({ kernel }) => kernel),
        stride: axes.map(({ stride }) => stride),
        padding: axes.map(({ padding }) => padding),
      };
      return {
        inputs: [{ shape, fill }],
        build: build(options, countIncludePad),
        reference: (x) => {
          const places = axes.map(
            ({ kernel, stride, padding }, axis) => Math.floor((shape[axis + 2] + 2 * padding - kernel) / stride) + 1,
          );
          return tabulate([shape[0], shape[1], ...places], ([batch, channel, ...place]) =>
            plain(
              cells(options.kernel).map((cell) => {
                const source = place.map((value, axis) => value * axes[axis].stride - axes[axis].padding + cell[axis]);
                const value = read(x, batch, channel, source, Number.NaN);
                return Number.isNaN(value) ? null : value;
              }),
              countIncludePad,
            ),
          );
        },
      };
    },
  };
}
