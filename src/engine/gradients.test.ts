import { describe, expect, it } from 'vitest';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import {
  compile,
  createScope,
  floatTensor,
  gelu,
  gradients,
  input,
  layer,
  linear,
  matmul,
  mean,
  mul,
  ones,
  sum,
} from './index.js';

describe('gradients', () => {
  it('of a small network agree with central differences', async () => {
    const scope = createScope({ training: true });
    const dense = layer((own, x: ReturnType<typeof input>) =>
      linear(x, own.parameter('weight', [3, 4], ones), own.parameter('bias', [3], ones)),
    );
    const x = input('x', [2, 4]);
    const loss = mean(gelu(dense(scope.child('a'), x)));
    const [gx] = gradients(loss, [x]);
    const compiled = await compile({ loss, gx: gx! }, { runtime: onnxruntimeNode });
    const data = Float32Array.from([0.1, -0.5, 0.3, 0.7, -0.2, 0.4, -0.9, 0.05]);
    const weights = {
      'a.weight': floatTensor(
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        [3, 4],
      ),
      'a.bias': floatTensor(new Float32Array(3), [3]),
    };
    const at = async (values: Float32Array) => {
      const { loss: value, gx: gradient } = await compiled.run({ x: floatTensor(values, [2, 4]), ...weights });
      return {
        loss: (value as ReturnType<typeof floatTensor>).data[0] as number,
        gx: (gradient as ReturnType<typeof floatTensor>).data,
      };
    };
    const { gx: gradient } = await at(data);
    for (let index = 0; index < data.length; index++) {
      const plus = data.slice();
      const minus = data.slice();
      plus[index] += 1e-2;
      minus[index] -= 1e-2;
      const slope = ((await at(plus)).loss - (await at(minus)).loss) / 2e-2;
      expect(gradient[index]).toBeCloseTo(slope, 3);
    }
    await compiled.release();
  });

  it('sum what arrives over several paths and say null for what plays no part', () => {
    const x = input('x', [3]);
    const y = input('y', [3]);
    const [gx, gy] = gradients(sum(mul(x, x)), [x, y]);
    expect(gx?.shape).toEqual([3]);
    expect(gy).toBeNull();
  });

  it('name the operator, the shapes and the scope of an error', () => {
    const scope = createScope({ training: false });
    const wrong = layer((own, x: ReturnType<typeof input>) => matmul(x, own.parameter('weight', [3, 288], ones)));
    expect(() => wrong(scope.child('backbone').child('qkv'), input('x', [2, 49, 96]))).toThrow(
      'matmul in backbone.qkv: [2, 49, 96] x [3, 288]: inner sizes 96 and 3 differ',
    );
  });
});
