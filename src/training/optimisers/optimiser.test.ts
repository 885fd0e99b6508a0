import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, readSafetensors, type Tensor } from '../../tensors/index.js';
import { denseGradient, type Gradient, type SparseRows, sumRows } from './gradient.js';
import { createOptimiser, type OptimisedParameter } from './optimiser.js';
import type { OptimiserConfig } from './optimiserConfig.js';
import { createSchedule } from './schedule.js';
import { bits, float, throughFile } from './testNumbers.js';

describe.each(['adamw', 'adamw_amsgrad'])('the reference run %s', (file) => {
  const { tensors, metadata } = readSafetensors(
    readFileSync(new URL(`../../../test/fixtures/golden/${file}.safetensors`, import.meta.url)),
  );
  const config = JSON.parse(metadata.get('config')!) as {
    lr: number;
    weight_decay: number;
    betas: [number, number];
    eps: number;
    amsgrad: boolean;
    poly_power: number;
    total_iterations: number;
    steps: number;
    groups: Record<string, number>;
  };
  const { rtol, atol } = (JSON.parse(metadata.get('tolerance')!) as { output: { rtol: number; atol: number } }).output;
  const numbers = (name: string): Float32Array => (tensors.get(name) as Tensor<'F32'>).data;
  const compare = (name: string, got: Float32Array, want: Float32Array): void => {
    const scale = Math.max(...want.map(Math.abs));
    const worst = Math.max(...got.map((value, index) => Math.abs(value - want[index])));
    expect(worst, name).toBeLessThanOrEqual(atol + rtol * scale);
  };

  it('is followed step by step, with its schedule, groups and final state', () => {
    const parameters = new Map<string, OptimisedParameter>(
      Object.entries(config.groups).map(([group, weightDecay]) => [
        group,
        { data: numbers(`input.init.${group}`).slice(), weightDecay },
      ]),
    );
    const optimiser = createOptimiser(
      {
        kind: 'adamw',
        learningRate: config.lr,
        betas: config.betas,
        epsilon: config.eps,
        amsgrad: config.amsgrad,
        weightDecay: config.weight_decay,
      },
      parameters,
    );
    const schedule = createSchedule({
      kind: 'poly',
      totalIterations: config.total_iterations,
      power: config.poly_power,
    });
    const rates: number[] = [];
    for (let step = 0; step < config.steps; step++) {
      const row = (name: string): Float32Array => numbers(name).subarray(step * 16, step * 16 + 16);
      const rate = config.lr * schedule(step);
      rates.push(rate);
      optimiser.step(new Map([...parameters.keys()].map((group) => [group, row(`input.grads.${group}`)])), rate);
      for (const [group, { data }] of parameters)
        compare(`step ${step} of ${group}`, data, row(`output.steps.${group}`));
    }
    compare('learning rates', Float32Array.from(rates), numbers('output.lr'));
    const state = optimiser.state();
    const slots = ['exp_avg', 'exp_avg_sq', ...(config.amsgrad ? ['max_exp_avg_sq'] : [])];
    for (const group of parameters.keys())
      for (const slot of slots)
        compare(
          `${slot}.${group}`,
          (state.get(`${slot}.${group}`) as Tensor<'F32'>).data,
          numbers(`output.${slot}.${group}`),
        );
  });
});

describe('SGD', () => {
  /** PyTorch's torch.optim.SGD written down plainly, in double precision. */
  function plain(
    start: Float32Array,
    slopes: Float32Array[],
    { learningRate = 0, momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 },
  ): number[] {
    const values = [...start];
    const velocity: (number | undefined)[] = values.map(() => undefined);
    for (const slope of slopes)
      values.forEach((value, index) => {
        let direction = slope[index] + weightDecay * value;
        if (momentum !== 0) {
          const before = velocity[index];
          const speed = before === undefined ? direction : momentum * before + (1 - dampening) * direction;
          velocity[index] = speed;
          direction = nesterov ? direction + momentum * speed : speed;
        }
        values[index] = value - learningRate * direction;
      });
    return values;
  }

  it.each([
    {},
    { weightDecay: 0.1 },
    { momentum: 0.9 },
    { momentum: 0.9, dampening: 0.3, weightDecay: 0.01 },
    { momentum: 0.8, nesterov: true, weightDecay: 0.05 },
  ])('follows the formulas with %o', (settings) => {
    const data = float(37, 1);
    const slopes = [2, 3, 4, 5].map((seed) => float(37, seed));
    const want = plain(data, slopes, { learningRate: 0.1, ...settings });
    const optimiser = createOptimiser({ kind: 'sgd', learningRate: 0.1, ...settings }, new Map([['w', { data }]]));
    for (const slope of slopes) optimiser.step(new Map([['w', slope]]));
    data.forEach((value, index) => {
      expect(value).toBeCloseTo(want[index], 5);
    });
  });

  it('asks for momentum with nesterov', () => {
    const make = (): unknown => createOptimiser({ kind: 'sgd', learningRate: 1, nesterov: true }, new Map());
    expect(make).toThrow('nesterov needs a momentum above 0');
    const damped = { kind: 'sgd', learningRate: 1, momentum: 0.9, dampening: 0.1, nesterov: true } as const;
    expect(() => createOptimiser(damped, new Map())).toThrow('and no dampening');
  });
});

const configs: OptimiserConfig[] = [
  { kind: 'adamw', learningRate: 0.01 },
  { kind: 'adamw', learningRate: 0.01, weightDecay: 0, amsgrad: true },
  { kind: 'sgd', learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
  { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true },
  { kind: 'sgd', learningRate: 0.1 },
];

describe.each(configs)('%o', (config) => {
  it('resumes from a saved state with the same bits', () => {
    const make = (data: Float32Array) =>
      createOptimiser(config, new Map([['layers.0.weight', { data, shape: [5, 4], learningRateScale: 0.5 }]]));
    const straight = float(20, 1);
    const optimiser = make(straight);
    const step = (which: ReturnType<typeof make>, seed: number): void =>
      which.step(new Map([['layers.0.weight', float(20, seed)]]));
    for (const seed of [2, 3, 4]) step(optimiser, seed);
    const saved = throughFile(optimiser.state());
    const resumedData = straight.slice();
    for (const seed of [5, 6]) step(optimiser, seed);
    const resumed = make(resumedData);
    resumed.load(saved);
    for (const seed of [5, 6]) step(resumed, seed);
    expect(bits(resumedData)).toEqual(bits(straight));
    expect(encodeSafetensors(resumed.state())).toEqual(encodeSafetensors(optimiser.state()));
  });

  it('moves a table by gradients of rows as by dense ones, to the last bit', () => {
    const rowsOfSteps = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rowsOfSteps, fc.nat(100), fc.boolean(), (steps, seed, reload) => {
        const [width, count] = [3, 10];
        const tables = [float(width * count, seed), float(width * count, seed)];
        const parameter = (data: Float32Array) => new Map([['table', { data, rowWidth: width }]]);
        const dense = createOptimiser(config, parameter(tables[0]));
        let sparse = createOptimiser(config, parameter(tables[1]));
        steps.forEach((used, index) => {
          const rows = Int32Array.from(used).sort();
          const gradient: SparseRows = { rows, values: float(rows.length * width, index) };
          const whole = denseGradient(gradient, width * count, width);
          dense.step(new Map([['table', whole]]));
          // Now and then all rows have a gradient.
          sparse.step(new Map([['table', index % 3 === 1 ? whole : gradient]]));
          if (!reload) return;
          const saved = throughFile(sparse.state());
          sparse = createOptimiser(config, parameter(tables[1]));
          sparse.load(saved);
        });
        expect(bits(tables[1])).toEqual(bits(tables[0]));
        expect(encodeSafetensors(sparse.state())).toEqual(encodeSafetensors(dense.state()));
      }),
    );
  });

  it('in lazy mode leaves rows alone that are not named', () => {
    const data = float(12, 3);
    const before = data.slice();
    const optimiser = createOptimiser({ ...config, unusedRows: 'lazy' }, new Map([['t', { data, rowWidth: 3 }]]));
    optimiser.step(new Map([['t', { rows: Int32Array.of(2), values: float(3, 1) }]]));
    optimiser.step(new Map([['t', { rows: Int32Array.of(0), values: float(3, 1) }]]));
    expect(data.subarray(3, 6)).toEqual(before.subarray(3, 6));
    expect(data.subarray(9)).toEqual(before.subarray(9));
    expect(data.subarray(0, 3)).not.toEqual(before.subarray(0, 3));
    expect(data.subarray(6, 9)).not.toEqual(before.subarray(6, 9));
  });
});

describe('an optimiser', () => {
  const make = () =>
    createOptimiser(
      { kind: 'adamw', learningRate: 0.1, weightDecay: 0.5 },
      new Map<string, OptimisedParameter>([
        ['a', { data: Float32Array.of(1, 2) }],
        ['b', { data: Float32Array.of(1, 2), learningRateScale: 0, weightDecay: 0 }],
      ]),
    );

  it('leaves a parameter alone that has no gradient, and counts its steps apart', () => {
    const data = [Float32Array.of(1), Float32Array.of(1)];
    const optimiser = createOptimiser(
      { kind: 'adamw', learningRate: 0.1 },
      new Map(data.map((values, index) => [`p${index}`, { data: values }])),
    );
    optimiser.step(new Map([['p0', Float32Array.of(1)]]));
    expect(data[1][0]).toBe(1);
    optimiser.step(new Map([['p1', Float32Array.of(1)]]));
    expect(data[1][0]).toBe(data[0][0]);
  });

  it('refuses gradients that do not fit, and changes nothing then', () => {
    const optimiser = make();
    const before = encodeSafetensors(optimiser.state());
    const bad: [Map<string, Gradient>, string][] = [
      [
        new Map([
          ['a', Float32Array.of(1, 2)],
          ['c', Float32Array.of(1)],
        ]),
        'not made for c',
      ],
      [new Map([['a', Float32Array.of(1)]]), 'the gradient of a has 1 numbers, the parameter 2'],
      [new Map([['a', { rows: Int32Array.of(0), values: Float32Array.of(1) }]]), 'state its rowWidth'],
    ];
    for (const [gradients, message] of bad) expect(() => optimiser.step(gradients)).toThrow(message);
    expect(encodeSafetensors(optimiser.state())).toEqual(before);
    const table = createOptimiser(
      { kind: 'sgd', learningRate: 1 },
      new Map([['t', { data: new Float32Array(6), rowWidth: 2 }]]),
    );
    const step = (rows: number[], values: number) => () =>
      table.step(new Map([['t', { rows: Int32Array.from(rows), values: new Float32Array(values) }]]));
    expect(step([3], 2)).toThrow('names row 3: rows must rise from 0 to 2');
    expect(step([1, 1], 4)).toThrow('names row 1');
    expect(step([1], 3)).toThrow('1 rows of 2, so 2 numbers; got 3');
  });

  it('refuses a state that is not its own', () => {
    const optimiser = make();
    const state = optimiser.state();
    const without = new Map(state);
    without.delete('exp_avg.b');
    expect(() => optimiser.load(without)).toThrow('lacks exp_avg.b');
    const more = new Map(state).set('exp_avg.z', state.get('exp_avg.a')!);
    expect(() => optimiser.load(more)).toThrow('has exp_avg.z, which this run does not');
    const longer = new Map(state).set('exp_avg.a', { dtype: 'F32', shape: [3], data: new Float32Array(3) });
    expect(() => optimiser.load(longer)).toThrow('exp_avg.a is F32 [3], expected F32 [2]');
  });

  it('refuses settings out of range', () => {
    const wrong = { kind: 'adamw', learningRate: -1, betas: [0.9, 1] } as OptimiserConfig;
    expect(() => createOptimiser(wrong, new Map())).toThrow(/learningRate: .*betas\.1: /);
    const unknown = { kind: 'adamw', learningRate: 1, lr: 2 } as OptimiserConfig;
    expect(() => createOptimiser(unknown, new Map())).toThrow(/lr/);
    const table = new Map([['t', { data: new Float32Array(5), rowWidth: 2 }]]);
    expect(() => createOptimiser({ kind: 'sgd', learningRate: 1 }, table)).toThrow('not a multiple of its rowWidth 2');
  });
});

describe('sumRows', () => {
  it('adds the look-ups of each row in order, without the padding row', () => {
    const ids = BigInt64Array.of(7n, 0n, 2n, 7n);
    const got = sumRows(ids, Float32Array.of(1, 2, 9, 9, 3, 4, 10, 20), 2, 0);
    expect([...got.rows]).toEqual([2, 7]);
    expect([...got.values]).toEqual([3, 4, 11, 22]);
    expect(() => sumRows([1], new Float32Array(3), 2)).toThrow('1 rows of 2 are not 3 numbers');
  });
});
