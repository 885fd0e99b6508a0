import { describe, expect, it } from 'vitest';
import {
  compile,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  square,
  sum,
  type Value,
} from '../engine/index.js';
import { onnxruntimeNode } from '../runtimes/onnxruntimeNode.js';
import { stageWindow, swinV2 } from './swinV2.js';

const config = {
  width: 8,
  depths: [2, 1, 1, 1],
  heads: [1, 2, 2, 2],
  window: 4,
  mlpRatio: 2,
  dropPath: 0,
  unshiftedInOneWindow: false,
};

describe('swinV2', () => {
  it('takes sizes that are no multiple of window or patch, with a finite gradient for every parameter', async () => {
    const scope = createScope({ training: true });
    const maps = swinV2(scope, input('image', [1, 3, 70, 54]), config);
    expect(maps.map(({ shape }) => shape)).toEqual([
      [1, 8, 18, 14],
      [1, 16, 9, 7],
      [1, 32, 5, 4],
      [1, 64, 3, 2],
    ]);
    const declared = [...scope.declared.parameters.values()];
    // Squares: the sum of a normalised map does not depend on what was normalised.
    const found = gradients(
      sum(square(maps[3])),
      declared.map(({ value }) => value),
    );
    const outputs: Record<string, Value> = {};
    for (const [index, { name }] of declared.entries()) {
      const gradient = found[index];
      if (gradient) outputs[`${name}.gradient`] = gradient;
      else expect(name).toMatch(/^norm[012]\./);
    }
    const compiled = await compile(outputs, { runtime: onnxruntimeNode });
    const feeds: Record<string, HostTensor> = {
      image: floatTensor(
        Float32Array.from({ length: 3 * 70 * 54 }, (_, index) => Math.sin(0.37 * index)),
        [1, 3, 70, 54],
      ),
    };
    for (const { name, shape, initialiser } of declared) {
      if (compiled.inputs.has(name)) feeds[name] = floatTensor(initialise(initialiser, shape, 5, name), shape);
    }
    const results = (await compiled.run(feeds)) as Record<string, HostTensor>;
    for (const [name, { data }] of Object.entries(results)) {
      expect((data as Float32Array).every(Number.isFinite), name).toBe(true);
    }
    await compiled.release();
  });

  it('keeps the position scale of another window that the weights were trained with', async () => {
    const run = async (own: Parameters<typeof swinV2>[2]) => {
      const scope = createScope({ training: false });
      const [first] = swinV2(scope, input('image', [1, 3, 32, 32]), own);
      const weights = new Map<string, HostTensor>();
      for (const { name, shape, initialiser } of scope.declared.parameters.values()) {
        const wide = name.includes('cpb_mlp') ? ({ kind: 'normal', standardDeviation: 1 } as const) : initialiser;
        weights.set(name, floatTensor(initialise(wide, shape, 5, name), shape));
      }
      const compiled = await compile({ first }, { runtime: onnxruntimeNode, weights });
      const image = Float32Array.from({ length: 3 * 32 * 32 }, (_, index) => Math.sin(0.37 * index));
      const results = await compiled.run({ image: floatTensor(image, [1, 3, 32, 32]) });
      await compiled.release();
      return Float32Array.from((results.first as HostTensor).data as Float32Array);
    };
    const own = await run(config);
    expect(await run({ ...config, pretrainedWindow: 4 })).toEqual(own);
    expect(await run({ ...config, pretrainedWindow: 8 })).not.toEqual(own);
  });

  it('settles windows and shifts by the size that the weights were made for, where that is known', () => {
    const windows = (own: Parameters<typeof stageWindow>[0]) => [0, 1, 2, 3].map((stage) => stageWindow(own, stage));
    expect(windows({ ...config, pretrainedWindow: 2 })).toEqual(
      Array.from({ length: 4 }, () => ({ window: 4, pretrainedWindow: 2, shifts: null })),
    );
    // Maps of 8, 4, 2 and 1 tokens.
    expect(windows({ ...config, madeForPx: 32, pretrainedWindow: [3, 3, 3, 1] })).toEqual([
      { window: 4, pretrainedWindow: 3, shifts: true },
      { window: 4, pretrainedWindow: 3, shifts: false },
      { window: 2, pretrainedWindow: 3, shifts: false },
      { window: 1, pretrainedWindow: 1, shifts: false },
    ]);
  });
});
