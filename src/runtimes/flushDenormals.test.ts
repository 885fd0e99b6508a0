import { expect, it } from 'vitest';
import { floatTensor, type HostTensor, input, mul, serialize } from '../engine/index.js';
import { onnxruntimeNode } from './onnxruntimeNode.js';

// Alone in its file: the first session of a process decides.
it('numbers too small for full precision are taken for 0 where the first session asks for it', async () => {
  const { model } = serialize({ y: mul(input('x', [3]), 2) });
  const session = await onnxruntimeNode.createSession(model, { flushDenormals: true });
  const { y } = await session.run({ x: floatTensor(Float32Array.of(1e-40, -3e-39, 2e-38), [3]) }, ['y'], {});
  await session.release();
  expect([...((y as HostTensor).data as Float32Array)].map(Math.abs)).toEqual([0, 0, Math.fround(4e-38)]);
});
