import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../../../runtimes/onnxruntimeNode.js';
import {
  compile,
  concat,
  crossEntropy,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  integerTensor,
} from '../../index.js';
import type { CrossEntropyOptions } from './crossEntropy.js';

const logits = input('logits', [1, 2, 4]);
const target = input('target', [1, 4], 'int64');
const values = [1, -2, 3, 0.5, 0.2, 5, -60, 0.5];

async function lossAndGradient(targets: number[], options: CrossEntropyOptions, padded = false) {
  // A third class that no target names turns the general path on without changing what the first two learn of it.
  const far = input('far', [1, 1, 4]);
  const loss = crossEntropy(padded ? concat([logits, far], 1) : logits, target, options);
  const compiled = await compile({ loss, slope: gradients(loss, [logits])[0]! }, { runtime: onnxruntimeNode });
  const results = (await compiled.run({
    logits: floatTensor(Float32Array.from(values), [1, 2, 4]),
    target: integerTensor(targets, [1, 4]),
    ...(padded ? { far: floatTensor(new Float32Array(4).fill(-1e4), [1, 1, 4]) } : {}),
  })) as Record<string, HostTensor>;
  await compiled.release();
  return { loss: Number(results.loss.data[0]), slope: [...(results.slope.data as Float32Array)] };
}

const expectClose = (got: readonly number[], want: readonly number[]): void => {
  for (const [index, value] of want.entries()) expect(got[index]).toBeCloseTo(value, 6);
};

describe('cross-entropy of two classes', () => {
  it("weighs classes and ignores positions as PyTorch's", async () => {
    const { loss, slope } = await lossAndGradient([0, 1, -100, 1], { weight: [0.9, 1.1] });
    expect(loss).toBeCloseTo(0.3540177643, 6);
    const object = [0.0900074244, -0.0003232571, 0, -0.1774193645];
    expectClose(slope, [-0.0900074244, 0.0003232763, 0, 0.1774193645, ...object]);
  });

  it('may ignore a class', async () => {
    const { loss, slope } = await lossAndGradient([0, 1, 1, 1], { ignoreIndex: 0 });
    expect(loss).toBeCloseTo(21.2313518524, 5);
    expectClose(slope, [0, 0.0003036838, 0.3333333433, 0.1666666716, 0, -0.0003036658, -0.3333333433, -0.1666666716]);
  });

  it('may count nothing: the mean of nothing is no number', async () => {
    for (const options of [
      { ignoreIndex: 0, weight: [1, 0] },
      { ignoreIndex: 1, weight: [0, 1] },
      { weight: [0, 0] },
    ]) {
      expect((await lossAndGradient([0, 1, 1, 0], options)).loss).toBeNaN();
    }
  });

  it('counts one class alone where the other weighs nothing', async () => {
    const { loss, slope } = await lossAndGradient([0, 1, 1, 1], { weight: [0, 3] });
    const ignoring = await lossAndGradient([0, 1, 1, 1], { ignoreIndex: 0 });
    expect(loss).toBeCloseTo(ignoring.loss, 5);
    expectClose(slope, ignoring.slope);
    expect((await lossAndGradient([0, 1, 1, 1], { weight: [2, 0] })).loss).toBeCloseTo(Math.log1p(Math.exp(-0.8)), 6);
  });

  it('agrees with the general path', async () => {
    const two = await lossAndGradient([1, 0, 1, 0], { weight: [0.3, 2] });
    const three = await lossAndGradient([1, 0, 1, 0], { weight: [0.3, 2, 1] }, true);
    expect(two.loss).toBeCloseTo(three.loss, 4);
    expectClose(two.slope, three.slope);
  });
});
