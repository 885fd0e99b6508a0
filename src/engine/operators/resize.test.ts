import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { compile } from '../compile.js';
import { input } from '../leaves.js';
import type { HostTensor } from '../runtime.js';
import { resizeNearest } from './resize.js';

describe('nearest resize', () => {
  /** Which of 4 elements each of 6 (or of 7) results reads. */
  async function reads(count: number, alignCorners: boolean): Promise<number[]> {
    const x = input('x', [1, 1, 1, 4]);
    const resized = await compile({ y: resizeNearest(x, [1, count], { alignCorners }) }, { runtime: onnxruntimeNode });
    const data = Float32Array.of(0, 1, 2, 3);
    const { y } = (await resized.run({ x: { type: 'float32', shape: [1, 1, 1, 4], data } })) as { y: HostTensor };
    await resized.release();
    return [...(y.data as Float32Array)];
  }

  it('reads floor(o n / m) as PyTorch does', async () => {
    expect(await reads(6, false)).toEqual([0, 0, 1, 2, 2, 3]);
  });

  it('keeps the corners in place with aligned corners, halves upwards', async () => {
    expect(await reads(6, true)).toEqual([0, 1, 1, 2, 2, 3]);
    expect(await reads(7, true)).toEqual([0, 1, 1, 2, 2, 3, 3]);
    expect(await reads(2, true)).toEqual([0, 3]);
  });
});
