import * as e from '../../src/engine/index.js';
import { at, type OperatorCase, tabulate } from './cases.js';
import { unary } from './elementwiseCases.js';
import { lossComposites } from './lossCases.js';
import { matrixComposites } from './matrixCases.js';
import { normalisationComposites } from './normalisationCases.js';
import { reductionComposites } from './reductionCases.js';

const resize = (
  build: (x: e.Value, size: [number, number], options: { alignCorners: boolean }) => e.Value,
): OperatorCase => ({
  family: 'sums',
  sample: (draw) => {
    const alignCorners = draw.pick([true, false]);
    const size: [number, number] = [draw.size(8), draw.size(8)];
    return {
      inputs: [{ shape: [draw.whole(1, 2), draw.whole(1, 2), draw.size(), draw.size()], fill: 'any' }],
      build: (x) => build(x, size, { alignCorners }),
    };
  },
});

/** Functions made of operators: they need no rule of their own, and are checked all the same. */
export const compositeCases: Record<string, OperatorCase> = {
  'embedding, gradient without the padding row': {
    noGradient: 'its output is a gradient already',
    family: 'sums',
    sample: (draw) => {
      const [size, width] = [draw.size() + 1, draw.size()];
      const reads = Array.from({ length: draw.size() }, () => draw.whole(0, size - 1));
      const padding = draw.whole(0, size - 1);
      return {
        inputs: [
          { shape: [size, width], fill: 'any' },
          { shape: [reads.length], fill: reads, type: 'int64' },
        ],
        build: (table, indices) => e.gradients(e.sum(e.embedding(table, indices, { padding })), [table])[0]!,
        reference: () =>
          tabulate([size, width], ([row]) => (row === padding ? 0 : reads.filter((read) => read === row).length)),
      };
    },
  },
  ...lossComposites,
  ...matrixComposites,
  ...normalisationComposites,
  ...reductionComposites,
  adaptiveAveragePool: {
    family: 'sums',
    sample: (draw) => {
      const shape = [draw.whole(1, 2), 2, draw.size(7), draw.size(7)];
      const size: [number, number] = [draw.size(), draw.size()];
      const bin = (index: number, axis: number) => {
        const first = Math.floor((index * shape[axis + 2]) / size[axis]);
        return { first, last: Math.ceil(((index + 1) * shape[axis + 2]) / size[axis]) };
      };
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.adaptiveAveragePool(x, size),
        reference: (x) =>
          tabulate([shape[0], shape[1], ...size], ([batch, channel, row, column]) => {
            const [rows, columns] = [bin(row, 0), bin(column, 1)];
            let total = 0;
            for (let y = rows.first; y < rows.last; y++) {
              for (let x0 = columns.first; x0 < columns.last; x0++) total += at(x, [batch, channel, y, x0]);
            }
            return total / ((rows.last - rows.first) * (columns.last - columns.first));
          }),
      };
    },
  },
  embedding: {
    family: 'sums',
    sample: (draw) => {
      const [size, width] = [draw.size() + 1, draw.size()];
      const reads = Array.from({ length: draw.size() }, () => draw.whole(0, size - 1));
      return {
        inputs: [
          { shape: [size, width], fill: 'any' },
          { shape: [reads.length], fill: reads, type: 'int64' },
        ],
        build: (table, indices) => e.embedding(table, indices),
        reference: (table) => tabulate([reads.length, width], ([row, column]) => at(table, [reads[row], column])),
      };
    },
  },
  relu6: unary(e.relu6, (x) => Math.min(Math.max(x, 0), 6), { awayFrom: [0, 6] }, 'exact'),
  resizeBicubic: resize(e.resizeBicubic),
  resizeBilinear: resize(e.resizeBilinear),
  resizeNearest: resize(e.resizeNearest),
  roll: {
    family: 'exact',
    sample: (draw) => {
      const shape = [draw.size(), draw.size()];
      const shift = draw.whole(-7, 7);
      const wrap = (index: number) => (((index - shift) % shape[1]) + shape[1]) % shape[1];
      return {
        inputs: [{ shape, fill: 'any' }],
        build: (x) => e.roll(x, 1, shift),
        reference: (x) => tabulate(shape, ([row, column]) => at(x, [row, wrap(column)])),
      };
    },
  },
};
