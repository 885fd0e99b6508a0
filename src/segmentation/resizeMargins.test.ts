import { describe, expect, it } from 'vitest';
import { compile, floatTensor, type HostTensor, input, resizeBilinear } from '../engine/index.js';
import { createRandom } from '../random/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { maskOfMargins, resizeMargins } from './resizeMargins.js';

describe('margins at the size of a picture', () => {
  it.each([true, false])('are what the model itself makes of them, alignCorners %s', async (alignCorners) => {
    const random = createRandom('margins');
    for (const [from, to] of [
      [
        [6, 9],
        [24, 36],
      ],
      [
        [12, 12],
        [7, 31],
      ],
      [
        [1, 5],
        [4, 3],
      ],
    ] as const) {
      const map = Float32Array.from({ length: from[0] * from[1] }, () => random.normal());
      const y = resizeBilinear(input('x', [1, 1, ...from]), to, { alignCorners });
      const compiled = await compile({ y }, { runtime: onnxruntimeNode });
      const results = (await compiled.run({ x: floatTensor(map, [1, 1, ...from]) })) as Record<string, HostTensor>;
      await compiled.release();
      const got = resizeMargins(map, from, to, alignCorners);
      for (const [place, value] of (results.y.data as Float32Array).entries()) {
        expect(Math.abs(got[place] - value), `place ${place} of ${from} to ${to}`).toBeLessThan(1e-5);
      }
    }
  });

  it('stay where they are cell by cell, and move outwards with corners on each other', () => {
    // A cell a quarter in from the border, of 4 x 4 pixels.
    const map = new Float32Array(64).fill(-1);
    map[1 * 8 + 1] = 1;
    const centre = (alignCorners: boolean): number => {
      const margins = resizeMargins(map, [8, 8], [32, 32], alignCorners);
      let [sum, count] = [0, 0];
      for (const [place, margin] of margins.entries()) {
        if (margin <= 0) continue;
        sum += (place % 32) + 0.5;
        count += 1;
      }
      return sum / count;
    };
    expect(centre(false)).toBeCloseTo(6, 5);
    expect(centre(true)).toBeLessThan(5.5);
  });
});

it('a mask holds what lies above the threshold: where both logits are equal, background', () => {
  expect([...maskOfMargins(Float32Array.of(-1e-9, 0, 1e-9, 2))]).toEqual([0, 0, 1, 1]);
  expect([...maskOfMargins(Float32Array.of(-1, 1.5, 2, 2.5), 2)]).toEqual([0, 0, 0, 1]);
});
