import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Tensor, toFloat32 } from '../tensors/index.js';
import { dequantise, quantise, scaleSuffix } from './quantised.js';
import { shrinkTensor } from './shrinkCheckpoint.js';
import { sourceInMemory } from './testSource.js';

const restore = (stored: Map<string, Tensor>): Promise<Float32Array> =>
  dequantise(stored.get('w')!, 'w', sourceInMemory(stored));

describe('int8', () => {
  it('keeps each number to half a step of its row, whose largest is exact', async () => {
    // A row of numbers next to nothing has no factor in float32: no network has one.
    const number = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((value) => (Math.abs(value) < 1e-9 ? 0 : value));
    const rows = fc.array(fc.array(number, { minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const data = Float32Array.from(table.flat());
        const stored = quantise('w', [table.length, 4, 4], data);
        expect([...stored].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
          ['w', 'I8', [table.length, 4, 4]],
          [`w${scaleSuffix}`, 'F32', [table.length]],
        ]);
        const restored = await restore(stored);
        for (const [row, values] of table.entries()) {
          const largest = Math.max(...values.map((value) => Math.abs(Math.fround(value))));
          for (const column of values.keys()) {
            const [was, is] = [data[16 * row + column], restored[16 * row + column]];
            expect(Math.abs(was - is)).toBeLessThanOrEqual((largest / 254) * (1 + 1e-5));
            if (Math.abs(was) === largest) expect(is).toBeCloseTo(was, 2);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('uses the whole range of each row, and gives a row of zeros back', async () => {
    const data = Float32Array.from({ length: 32 }, (_, at) => (at < 16 ? 0 : (at - 24) / 80));
    const stored = quantise('w', [2, 16], data);
    const { data: whole } = stored.get('w')!;
    expect([Math.min(...(whole as Int8Array)), Math.max(...(whole as Int8Array))]).toEqual([-127, 111]);
    expect((await restore(stored)).slice(0, 16)).toEqual(new Float32Array(16));
  });

  it.each([
    ['a vector', [64]],
    ['a narrow matrix', [8, 15]],
    ['a number', []],
  ])('leaves %s as it is', (_, shape) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => at);
    const stored = quantise('w', shape, data);
    expect([...stored]).toEqual([['w', { dtype: 'F32', shape, data }]]);
  });
});

describe('half precision', () => {
  it('is for matrices and kernels that fit it', () => {
    const stored = (shape: number[], data: number[]) =>
      shrinkTensor('half', 'w', shape, Float32Array.from(data)).get('w')!;
    expect(stored([2, 2], [1, 0.1, -65504, 3]).dtype).toBe('F16');
    expect([...toFloat32(stored([2, 2], [1, 0.1, -65504, 3]))]).toEqual([1, 0.0999755859375, -65504, 3]);
    // Larger ones would become infinite.
    expect(stored([1, 2], [1, -65520])).toEqual({ dtype: 'F32', shape: [1, 2], data: Float32Array.of(1, -65520) });
    expect(stored([2], [1, 0.1])).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, 0.1) });
  });
});
