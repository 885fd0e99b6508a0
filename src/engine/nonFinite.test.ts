import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import {
  createScope,
  explainNonFinite,
  floatTensor,
  greater,
  input,
  layer,
  log,
  mean,
  mul,
  ones,
  requireFiniteLoss,
  softmax,
  sub,
  type Value,
  where,
} from './index.js';

const scope = createScope({ training: true });
const loss = layer((own, x: Value) => mean(log(mul(x, own.parameter('scale', [3], ones)))))(
  scope.child('head').child('logs'),
  input('x', [2, 3]),
);
const feeds = (x: number[], scale = [1, 1, 1]) => ({
  x: floatTensor(Float32Array.from(x), [2, 3]),
  'head.logs.scale': floatTensor(Float32Array.from(scale), [3]),
});
const explain = (x: number[], scale?: number[]) => explainNonFinite(loss, feeds(x, scale), onnxruntimeNode);

describe('a loss that is not finite', () => {
  it('is traced to the operator, its shapes and its scope', async () => {
    expect(await explain([1, 2, -3, 4, 5, -6])).toBe(
      'log in head.logs: [2, 3]: 2 of its values are not finite (the first is NaN), while all that it reads is finite',
    );
    expect(await explain([1, 2, 0, 4, 5, 6])).toContain('1 of its values is not finite (the first is -Infinity)');
  });

  it('is not traced to a mask of minus infinity, but to what makes a NaN of it', async () => {
    const x = input('x', [2, 3]);
    const masked = where(greater(x, 0), x, Number.NEGATIVE_INFINITY);
    const later = mean(log(sub(softmax(masked), 0.9)));
    const values = { x: floatTensor(Float32Array.of(1, -2, 3, 4, 5, 6), [2, 3]) };
    expect(await explainNonFinite(later, values, onnxruntimeNode)).toMatch(
      /^log: \[2, 3\]: .* all that it reads is finite/,
    );
    const nothing = mean(sub(masked, masked));
    expect(await explainNonFinite(nothing, values, onnxruntimeNode)).toMatch(
      /^sub: .*: 1 of its values is not finite \(the first is NaN\), while none of what it reads is NaN/,
    );
  });

  it('is traced to an input or a parameter that was so from the start', async () => {
    expect(await explain([1, 2, Number.NaN, 4, 5, 6])).toContain('the input x [2, 3] is the source: 1 of its values');
    expect(await explain([1, 2, 3, 4, 5, 6], [1, Number.POSITIVE_INFINITY, 1])).toContain(
      'the parameter head.logs.scale [3] is the source',
    );
  });

  it('is nothing when all is finite', async () => {
    expect(await explain([1, 2, 3, 4, 5, 6])).toBeNull();
    await requireFiniteLoss(0.5, 'step 1', async () => {
      throw new Error('not to be asked');
    });
  });

  it('stops the step with what to do', async () => {
    await expect(requireFiniteLoss(Number.NaN, 'step 120', () => explain([1, 2, -3, 4, 5, 6]))).rejects.toThrow(
      'step 120: the loss is NaN: log in head.logs: [2, 3]: 1 of its values is not finite (the first is NaN), while ' +
        'all that it reads is finite; no parameter was changed; lower the learning rate, clip gradients, or check the sample',
    );
    await expect(requireFiniteLoss(Number.POSITIVE_INFINITY, 'step 1')).rejects.toThrow(
      'step 1: the loss is Infinity; no',
    );
  });
});
