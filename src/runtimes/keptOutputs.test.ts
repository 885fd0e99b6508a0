import { describe, expect, it } from 'vitest';
import { input, mul, type RuntimeOptions, serialize } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { keptOutputs } from './keptOutputs.js';
import { onnxruntimeNode } from './onnxruntimeNode.js';

const keepOnDevice = ['state', 'loss'];

describe('outputs that are to stay on the device', () => {
  it('are asked for with WebGPU', () => {
    expect(keptOutputs({ providers: ['webgpu', 'cpu'], keepOnDevice })).toEqual({
      preferredOutputLocation: { state: 'gpu-buffer', loss: 'gpu-buffer' },
    });
  });

  it.each([undefined, ['cpu'], ['cuda', 'cpu'], ['coreml'], ['dml']] satisfies RuntimeOptions['providers'][])(
    'are refused with providers %j',
    async (providers) => {
      const { model } = serialize({ y: mul(input('x', [1]), 2) });
      const creation = onnxruntimeNode.createSession(model, { providers, keepOnDevice });
      await expect(creation).rejects.toThrow(UserError);
      await expect(creation).rejects.toThrow(
        `keepOnDevice names state, loss, but outputs can stay on the device with webgpu alone, not with ${providers?.[0] ?? 'cpu'}`,
      );
    },
  );

  it('may be none anywhere', () => {
    expect(keptOutputs({ providers: ['cuda'], keepOnDevice: [] })).toEqual({});
  });
});
