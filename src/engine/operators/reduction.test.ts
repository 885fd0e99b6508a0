import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { compile, floatTensor, type HostTensor, input, mean, sum } from '../index.js';

describe('the total of a million numbers', () => {
  it('keeps six digits, whatever their number divides by', async () => {
    for (const shape of [[4, 480, 480], [4, 1009, 97], [1_000_003]]) {
      const x = input('x', shape);
      const count = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, index) => 0.9 + 0.1 * Math.sin(index));
      const total = data.reduce((before, value) => before + value, 0);
      const outputs = { total: sum(x), kept: sum(x, undefined, { keep: true }), level: mean(x) };
      const compiled = await compile(outputs, { runtime: onnxruntimeNode });
      const results = (await compiled.run({ x: floatTensor(data, shape) })) as Record<string, HostTensor>;
      await compiled.release();
      // A prime number of elements has no rows.
      const tolerance = shape.length === 1 ? 1e-2 : 1e-6;
      expect(Math.abs(Number(results.total.data[0]) / total - 1)).toBeLessThan(tolerance);
      expect(results.kept).toEqual({ ...results.total, shape: shape.map(() => 1) });
      expect(Math.abs((Number(results.level.data[0]) * count) / total - 1)).toBeLessThan(tolerance);
    }
  });
});

describe('the sums of a few long columns', () => {
  it('keep six digits too', async () => {
    for (const { shape, axes } of [
      { shape: [1_000_000, 2], axes: [0] },
      { shape: [2, 60_000, 3], axes: [1] },
      { shape: [4, 1, 480, 480], axes: [0, 2, 3] },
    ]) {
      const x = input('x', shape);
      const count = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, index) => 0.9 + 0.1 * Math.sin(index));
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const want = new Float64Array(kept.reduce((product, size) => product * size, 1));
      const [columns, inner] = [kept[kept.length - 1], shape.slice(1).reduce((product, size) => product * size, 1)];
      for (const [index, value] of data.entries()) {
        want[kept[0] === 1 ? index % columns : Math.floor(index / inner) * columns + (index % columns)] += value;
      }
      const compiled = await compile({ y: sum(x, axes), level: mean(x, axes) }, { runtime: onnxruntimeNode });
      const { y, level } = (await compiled.run({ x: floatTensor(data, shape) })) as Record<string, HostTensor>;
      await compiled.release();
      expect(y.shape).toEqual(shape.filter((_, axis) => !axes.includes(axis)));
      for (const [place, value] of want.entries()) {
        expect(Math.abs(Number(y.data[place]) / value - 1), `sum ${place} of [${shape}]`).toBeLessThan(1e-6);
        const terms = count / want.length;
        expect(Math.abs((Number(level.data[place]) * terms) / value - 1), `mean of [${shape}]`).toBeLessThan(1e-6);
      }
    }
  });
});
