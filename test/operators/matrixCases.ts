import * as e from '../../src/engine/index.js';
import { at, broadcastShape, type OperatorCase, type PlainTensor, shapeOf, tabulate } from './cases.js';

const inner = (a: PlainTensor, b: PlainTensor, batch: readonly number[], flipA: boolean, flipB: boolean) => {
  const [rows, size] = flipA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape[b.shape.length - (flipB ? 2 : 1)];
  return tabulate([...batch, rows, columns], (index) => {
    const lead = index.slice(0, -2);
    const [row, column] = index.slice(-2);
    let sum = 0;
    for (let k = 0; k < size; k++) {
      const left = at(a, [...lead, ...(flipA ? [k, row] : [row, k])]);
      sum += left * at(b, [...lead, ...(flipB ? [column, k] : [k, column])]);
    }
    return sum;
  });
};

const attentionCase = (fused: boolean): OperatorCase => ({
  family: 'sums',
  sample: (draw) => {
    const lead = shapeOf(draw, draw.whole(0, 3));
    const [rows, keys, width, valueWidth] = shapeOf(draw, 4);
    const biasShape = draw.pick([
      [keys],
      [rows, keys],
      [...lead.map((size, axis) => (axis === lead.length - 1 ? size : 1)), rows, keys],
      [...lead, 1, keys],
    ]);
    const withBias = draw.pick([true, false]);
    const shapes = [
      [...lead, rows, width],
      [...lead, keys, width],
      [...lead, keys, valueWidth],
      ...(withBias ? [biasShape] : []),
    ];
    return {
      inputs: shapes.map((shape) => ({ shape, fill: 'any' as const })),
      build: (q, k, v, bias) => e.attention(q, k, v, { bias: bias ?? null, fused }),
      reference: (q, k, v, bias) => {
        const scores = inner(q, k, lead, false, true);
        const shape = [...lead, rows, keys];
        const logits = tabulate(
          shape,
          (index) => at({ shape, data: scores }, index) / Math.sqrt(width) + (bias ? at(bias, index) : 0),
        );
        const powers = { shape, data: logits.map(Math.exp) };
        const weights = tabulate(shape, (index) => {
          let total = 0;
          for (let key = 0; key < keys; key++) total += at(powers, [...index.slice(0, -1), key]);
          return at(powers, index) / total;
        });
        return inner({ shape, data: weights }, v, lead, false, false);
      },
    };
  },
});

export const matrixCases = {
  attention: attentionCase(true),
  gemm: {
    family: 'sums',
    sample: (draw) => {
      const lead = shapeOf(draw, draw.whole(0, 2));
      const [width, out] = [draw.size(), draw.size()];
      const withBias = draw.pick([true, false]);
      const shapes = [[...lead, 2, width], [out, width], ...(withBias ? [[out]] : [])];
      return {
        inputs: shapes.map((shape) => ({ shape, fill: 'any' as const })),
        build: (x, weight, bias) => e.linear(x, weight, bias ?? null),
        reference: (x, weight, bias) =>
          tabulate([...lead, 2, out], (index) => {
            let sum = bias ? Number(bias.data[index[index.length - 1]]) : 0;
            for (let k = 0; k < width; k++)
              sum += at(x, [...index.slice(0, -1), k]) * at(weight, [index[index.length - 1], k]);
            return sum;
          }),
      };
    },
  },
  matmul: {
    family: 'sums',
    sample: (draw) => {
      const batch = shapeOf(draw, draw.whole(0, 2));
      const other = batch.map((size) => (draw.pick([true, false]) ? 1 : size)).slice(draw.whole(0, batch.length));
      const [rows, size, columns] = shapeOf(draw, 3);
      const [transposeA, transposeB] = [draw.pick([true, false]), draw.pick([true, false])];
      const alpha = draw.pick([1, 0.25]);
      return {
        inputs: [
          { shape: [...batch, ...(transposeA ? [size, rows] : [rows, size])], fill: 'any' },
          { shape: [...other, ...(transposeB ? [columns, size] : [size, columns])], fill: 'any' },
        ],
        build: (a, b) => e.matmul(a, b, { transposeA, transposeB, alpha }),
        reference: (a, b) =>
          inner(a, b, broadcastShape(batch, other), transposeA, transposeB).map((value) => alpha * value),
      };
    },
  },
} satisfies Record<string, OperatorCase>;

export const matrixComposites = {
  'attention, composed': attentionCase(false),
} satisfies Record<string, OperatorCase>;
