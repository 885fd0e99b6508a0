import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, readSafetensors } from '../../tensors/index.js';
import { createEma } from './ema.js';
import { denseGradient, type Gradient, type SparseRows } from './gradient.js';
import { createGradientAccumulator } from './gradientAccumulation.js';
import { clipByGlobalNorm, globalNorm } from './gradientClipping.js';
import { lavtParameterGroups, settingsOf } from './parameterGroups.js';

describe('clipping by the global norm', () => {
  it('scales all gradients to the norm, and only when it is above', () => {
    const gradients = new Map<string, Gradient>([
      ['a', Float32Array.of(3, 0, 0, 0, 0)],
      ['b', { rows: Int32Array.of(1), values: Float32Array.of(0, 4) }],
    ]);
    expect(clipByGlobalNorm(gradients, 6)).toBe(5);
    expect(globalNorm(gradients)).toBe(5);
    expect(clipByGlobalNorm(gradients, 1)).toBe(5);
    expect(globalNorm(gradients)).toBeCloseTo(1, 5);
  });

  it('leaves gradients that are not finite as they are, and says so by the norm', () => {
    const gradients = new Map([['a', Float32Array.of(1, Number.NaN)]]);
    expect(clipByGlobalNorm(gradients, 0.1)).toBeNaN();
    expect(gradients.get('a')![0]).toBe(1);
    const infinite = new Map([['a', Float32Array.of(1, Number.NEGATIVE_INFINITY)]]);
    expect(clipByGlobalNorm(infinite, 0.1)).toBe(Number.POSITIVE_INFINITY);
    expect([...infinite.get('a')!]).toEqual([1, Number.NEGATIVE_INFINITY]);
  });
});

describe('accumulated gradients', () => {
  const parameters = new Map([
    ['w', { data: new Float32Array(4) }],
    ['t', { data: new Float32Array(6), rowWidth: 2 }],
  ]);
  const integers = (length: number) =>
    fc.array(fc.integer({ min: -9, max: 9 }), { minLength: length, maxLength: length });
  const sparse: fc.Arbitrary<SparseRows> = fc.tuple(fc.uniqueArray(fc.nat(2)), integers(6)).map(([rows, values]) => ({
    rows: Int32Array.from(rows).sort(),
    values: Float32Array.from(values.slice(0, rows.length * 2)),
  }));
  const batch = fc.record({
    w: integers(4).map((values): Gradient => Float32Array.from(values)),
    t: fc.oneof(
      sparse,
      integers(6).map((values): Gradient => Float32Array.from(values)),
    ),
  });

  it('are the sums of the batches, dense or of rows, also over a save and a load', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 4 }), fc.boolean(), (batches, reload) => {
        let accumulator = createGradientAccumulator(parameters);
        accumulator.add(new Map(Object.entries(batches[0])), 3);
        accumulator.take();
        for (const gradients of batches) {
          accumulator.add(new Map(Object.entries(gradients)), 0.5);
          if (!reload) continue;
          const saved = readSafetensors(encodeSafetensors(accumulator.state())).tensors;
          accumulator = createGradientAccumulator(parameters);
          accumulator.load(saved);
        }
        expect(accumulator.batches).toBe(batches.length);
        const sums = accumulator.take();
        expect(accumulator.batches).toBe(0);
        for (const [name, length, width] of [
          ['w', 4, 1],
          ['t', 6, 2],
        ] as const) {
          const want = new Float32Array(length);
          for (const gradients of batches)
            denseGradient(gradients[name], length, width).forEach((value, index) => {
              want[index] += value / 2;
            });
          expect(denseGradient(sums.get(name)!, length, width)).toEqual(want);
        }
      }),
    );
  });

  it('are given in the order of the parameters, whatever the order they came in', () => {
    const accumulator = createGradientAccumulator(parameters);
    const added = new Map([
      ['t', new Float32Array(6)],
      ['w', new Float32Array(4)],
    ]);
    accumulator.add(added);
    const saved = accumulator.state();
    expect([...accumulator.take().keys()]).toEqual(['w', 't']);
    accumulator.load(saved);
    expect([...accumulator.take().keys()]).toEqual(['w', 't']);
  });

  it('refuse what does not fit', () => {
    const accumulator = createGradientAccumulator(parameters);
    expect(() => accumulator.add(new Map([['w', new Float32Array(3)]]))).toThrow('the gradient of w has 3 numbers');
    expect(() => accumulator.add(new Map([['x', new Float32Array(3)]]))).toThrow('not made for x');
    expect(() => accumulator.load(new Map())).toThrow('lacks its number of batches');
  });
});

describe('a moving average', () => {
  it('follows the parameters, can be exchanged for them, and resumes with the same bits', () => {
    const values = Float32Array.of(1, 0);
    const ema = createEma(new Map([['w', values]]), { decay: 0.9, warmUp: false });
    values.set([2, 1]);
    ema.update();
    expect([...ema.averages.get('w')!]).toEqual([Math.fround(1.1), Math.fround(0.1)]);
    ema.swap();
    expect(values[0]).toBe(Math.fround(1.1));
    ema.swap();
    expect([...values]).toEqual([2, 1]);

    const warm = createEma(new Map([['w', values]]), { decay: 0.9 });
    values.set([10, 10]);
    warm.update();
    expect(warm.averages.get('w')![0]).toBeCloseTo(9.2, 5);
    const saved = readSafetensors(encodeSafetensors(warm.state())).tensors;
    const resumed = createEma(new Map([['w', values]]), { decay: 0.9 });
    resumed.load(saved);
    warm.update();
    resumed.update();
    expect(resumed.averages).toEqual(warm.averages);
    // min(0.9, 2 / 11) of what it was and the rest of 10; after 80 updates the rate is the decay's.
    expect(warm.averages.get('w')![0]).toBeCloseTo((2 / 11) * 9.2 + (9 / 11) * 10, 5);
    for (let update = 2; update < 81; update++) warm.update();
    values.set([20, 20]);
    warm.update();
    expect(warm.averages.get('w')![0]).toBeCloseTo(11, 3);
    expect(() => resumed.load(new Map())).toThrow('lacks its number of updates');
    expect(() => createEma(new Map(), { decay: 1 })).toThrow('below 1');
  });
});

it('settings of later groups go before those of earlier ones, each for itself', () => {
  const groups = [
    { match: () => true, weightDecay: 0.1, learningRateScale: 2 },
    { match: (name: string) => name.startsWith('a'), weightDecay: 0 },
    { match: (name: string) => name === 'ab', learningRateScale: 0.5, frozen: true },
  ];
  expect(settingsOf('b', groups)).toEqual({ weightDecay: 0.1, learningRateScale: 2 });
  expect(settingsOf('ac', groups)).toEqual({ weightDecay: 0, learningRateScale: 2 });
  expect(settingsOf('ab', groups)).toEqual({ weightDecay: 0, learningRateScale: 0.5, frozen: true });
});

describe("LAVT's parameter groups", () => {
  it.each([
    ['backbone.layers.0.blocks.0.norm1.weight', { weightDecay: 0 }],
    ['backbone.layers.0.blocks.0.attn.relative_position_bias_table', { weightDecay: 0 }],
    ['backbone.layers.0.blocks.0.attn.qkv.bias', {}],
    ['classifier.bn1_4.weight', {}],
    ['text_encoder.encoder.layer.9.output.LayerNorm.weight', {}],
    ['text_encoder.encoder.layer.10.output.dense.weight', { frozen: true }],
    ['text_encoder.embeddings.word_embeddings.weight', { frozen: true }],
  ])('%s', (name, settings) => {
    expect(settingsOf(name, lavtParameterGroups)).toEqual(settings);
  });
});
