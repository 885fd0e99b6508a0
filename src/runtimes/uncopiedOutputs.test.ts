import { describe, expect, it } from 'vitest';
import {
  cast,
  compile,
  floatTensor,
  gather,
  greater,
  type HostTensor,
  input,
  integerTensor,
  mul,
  sum,
} from '../engine/index.js';
import { onnxruntimeNode } from './onnxruntimeNode.js';

const count = 2 ** 24;
const large = input('x', [count]);
const numbers = floatTensor(new Float32Array(count).fill(3), [count]);

/** Bytes of array buffers that a run added. */
async function bytesOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  await run();
  return process.memoryUsage().arrayBuffers - before;
}

describe('results', () => {
  it('are written into given memory without a copy beside it', async () => {
    const double = await compile({ y: mul(large, 2), total: sum(large) }, { runtime: onnxruntimeNode });
    const y = floatTensor(new Float32Array(count), [count]);
    const total = floatTensor(new Float32Array(1), []);
    expect(await bytesOf(() => double.run({ x: numbers }, { into: { y, total } }))).toBeLessThan(count);
    expect([y.data[0], y.data[count - 1]]).toEqual([6, 6]);
    await double.release();
  });

  it('lie in new arrays of their own otherwise, of every type', async () => {
    const x = input('x', [3]);
    const outputs = { double: mul(x, 2), positive: greater(x, 0), whole: cast(x, 'int64') };
    const compiled = await compile(outputs, { runtime: onnxruntimeNode });
    const run = async (...values: number[]) =>
      (await compiled.run({ x: floatTensor(Float32Array.from(values), [3]) })) as Record<string, HostTensor>;
    const [first, second] = [await run(1, -2, 3), await run(4, 5, 6)];
    expect(first.double).toEqual(floatTensor(Float32Array.of(2, -4, 6), [3]));
    expect(first.positive).toEqual({ type: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) });
    expect(first.whole).toEqual(integerTensor([1, -2, 3], [3]));
    expect(second.double.data).toEqual(Float32Array.of(8, 10, 12));
    await compiled.release();
  });

  it('do not hide what went wrong in a run', async () => {
    const rows = gather(input('x', [3]), input('at', [1], 'int64'), 0);
    const compiled = await compile({ rows }, { runtime: onnxruntimeNode });
    const feeds = { x: floatTensor(new Float32Array(3), [3]), at: integerTensor([7], [1]) };
    await expect(compiled.run(feeds)).rejects.toThrow('7');
    await compiled.release();
  });
});
