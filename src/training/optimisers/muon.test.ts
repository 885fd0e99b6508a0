import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, floatTensor, type HostTensor, input } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { encodeSafetensors, type Tensor } from '../../tensors/index.js';
import type { Gradient } from './gradient.js';
import { createMuon } from './muon.js';
import { createOptimiser, type OptimisedParameter } from './optimiser.js';
import { type MuonConfig, muonSchema } from './optimiserConfig.js';
import { orthogonalise } from './orthogonalise.js';
import { bits, float, throughFile } from './testNumbers.js';

const options = { runtime: onnxruntimeNode, session: { threads: 1 } };
const { iterations, coefficients } = muonSchema.parse({ kind: 'muon', learningRate: 1 });

type Numbers = Record<string, number[]>;
interface Reference {
  readonly shapes: Record<string, [number, number]>;
  readonly settings: { readonly lr: number; readonly weight_decay: number; readonly momentum: number };
  readonly runs: readonly {
    readonly nesterov: boolean;
    readonly start: Numbers;
    readonly steps: readonly { readonly gradients: Numbers; readonly after: Numbers }[];
  }[];
}
const reference = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/optimisers/muon.json', import.meta.url), 'utf8'),
) as Reference;

describe('the steps of torch.optim.Muon', () => {
  it.each(reference.runs)('are followed, nesterov $nesterov', async ({ nesterov, start, steps }) => {
    const { lr, weight_decay: weightDecay, momentum } = reference.settings;
    const parameters = new Map(
      Object.entries(start).map(([name, values]) => [
        name,
        { data: Float32Array.from(values), shape: reference.shapes[name] },
      ]),
    );
    const config: MuonConfig = { kind: 'muon', learningRate: lr, weightDecay, momentum, nesterov, smallestSide: 2 };
    const muon = await createMuon(config, parameters, options);
    expect(muon.orthogonal).toEqual(['wide', 'tall', 'square']);
    for (const [step, { gradients, after }] of steps.entries()) {
      await muon.step(new Map(Object.entries(gradients).map(([name, values]) => [name, Float32Array.from(values)])));
      for (const [name, { data }] of parameters) {
        const worst = Math.max(...after[name].map((value, index) => Math.abs(value - data[index])));
        expect(worst, `step ${step} of ${name}`).toBeLessThan(2e-6);
      }
    }
    await muon.release();
  });
});

describe('orthogonalise', () => {
  /** `count` vectors of `length` at right angles (Gram and Schmidt). */
  function orthonormal(length: number, count: number, seed: number): number[][] {
    const vectors: number[][] = [];
    for (let which = 0; vectors.length < count && which < 100; which++) {
      const vector = [...float(length, seed + which * 1.37 + 1)];
      for (const other of vectors) {
        const along = vector.reduce((sum, value, index) => sum + value * other[index], 0);
        vector.forEach((_, index) => {
          vector[index] -= along * other[index];
        });
      }
      const norm = Math.hypot(...vector);
      if (norm > 1e-2) vectors.push(vector.map((value) => value / norm));
    }
    return vectors;
  }

  it('brings every singular value near 1, whatever the shape and scale', async () => {
    const side = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(side, side, fc.nat(1000), fc.constantFrom(1e-3, 1, 1e3), async (rows, columns, seed, scale) => {
        // Rows, or columns, at right angles: their lengths 1, 2, ... are the singular values.
        const isWide = columns > rows;
        const vectors = orthonormal(Math.max(rows, columns), Math.min(rows, columns), seed);
        const place = (which: number, at: number): number => (isWide ? which * columns + at : at * columns + which);
        const matrix = new Float32Array(rows * columns);
        for (const [which, vector] of vectors.entries())
          for (const [at, value] of vector.entries()) matrix[place(which, at)] = value * (which + 1) * scale;
        const x = input('x', [rows, columns]);
        const graph = await compile({ y: orthogonalise(x, iterations, coefficients) }, options);
        const results = (await graph.run({ x: floatTensor(matrix, [rows, columns]) })) as Record<string, HostTensor>;
        await graph.release();
        for (const [which, vector] of vectors.entries()) {
          const along = vector.reduce((sum, value, at) => sum + value * Number(results.y.data[place(which, at)]), 0);
          expect(along, `singular value ${which}`).toBeGreaterThan(0.65);
          expect(along, `singular value ${which}`).toBeLessThan(1.25);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('Muon', () => {
  const shapes: Record<string, number[]> = {
    matrix: [20, 18],
    kernel: [16, 2, 3, 3],
    narrow: [40, 4],
    vector: [7],
    table: [30, 16],
  };
  const lengthOf = (name: string): number => shapes[name].reduce((product, size) => product * size, 1);
  const config: MuonConfig = { kind: 'muon', learningRate: 0.01, weightDecay: 0.1 };
  const start = () =>
    new Map(
      Object.entries(shapes).map(([name, shape], index): [string, OptimisedParameter] => [
        name,
        { data: float(lengthOf(name), index), shape, isTable: name === 'table' },
      ]),
    );
  const gradientsOf = (seed: number, names = Object.keys(shapes)): Map<string, Gradient> =>
    new Map(names.map((name) => [name, float(lengthOf(name), seed + name.length)]));

  it('leaves vectors, tables and narrow matrices to AdamW', async () => {
    const parameters = start();
    const muon = await createMuon(config, parameters, options);
    expect(muon.orthogonal).toEqual(['matrix', 'kernel']);
    const others = new Map([...start()].filter(([name]) => !muon.orthogonal.includes(name)));
    const adamw = createOptimiser({ kind: 'adamw', learningRate: 0.01, weightDecay: 0.1 }, others);
    for (const seed of [1, 2, 3]) {
      await muon.step(gradientsOf(seed));
      adamw.step(gradientsOf(seed, [...others.keys()]));
    }
    for (const [name, { data }] of others) expect(bits(parameters.get(name)!.data), name).toEqual(bits(data));
    await muon.release();
  });

  it('resumes from a saved state with the same bits', async () => {
    const straight = start();
    const muon = await createMuon(config, straight, options);
    for (const seed of [1, 2]) await muon.step(gradientsOf(seed), 0.02);
    const saved = throughFile(muon.state());
    const resumed = new Map(
      [...straight].map(([name, parameter]) => [name, { ...parameter, data: parameter.data.slice() }]),
    );
    const other = await createMuon(config, resumed, options);
    other.load(saved);
    for (const seed of [3, 4]) {
      await muon.step(gradientsOf(seed));
      await other.step(gradientsOf(seed));
    }
    for (const [name, { data }] of straight) expect(bits(resumed.get(name)!.data), name).toEqual(bits(data));
    expect(encodeSafetensors(other.state())).toEqual(encodeSafetensors(muon.state()));
    await Promise.all([muon.release(), other.release()]);
  });

  it('leaves a matrix alone that has no gradient, and takes rates and decay of its own', async () => {
    const parameters = new Map<string, OptimisedParameter>([
      ['still', { data: float(256, 1), shape: [16, 16] }],
      ['decays', { data: float(256, 1), shape: [16, 16], weightDecay: 0.5 }],
      ['frozen', { data: float(256, 1), shape: [16, 16], learningRateScale: 0 }],
    ]);
    const muon = await createMuon(config, parameters, options);
    await muon.step(new Map(['decays', 'frozen'].map((name) => [name, new Float32Array(256)])), 0.1);
    expect(parameters.get('still')!.data).toEqual(float(256, 1));
    expect(parameters.get('frozen')!.data).toEqual(float(256, 1));
    parameters.get('decays')!.data.forEach((value, index) => {
      expect(value).toBeCloseTo(0.95 * float(256, 1)[index], 5);
    });
    await muon.release();
  });

  it('refuses gradients, states and settings that do not fit, and changes nothing then', async () => {
    const parameters = start();
    const muon = await createMuon(config, parameters, options);
    await muon.step(gradientsOf(1));
    const before = encodeSafetensors(muon.state());
    const wrong = (name: string) => muon.step(new Map([...gradientsOf(2), [name, new Float32Array(3)]]));
    await expect(wrong('other')).rejects.toThrow('was not made for other');
    await expect(wrong('matrix')).rejects.toThrow('the gradient of matrix has 3 numbers, the parameter 360');
    const without = (name: string) => new Map([...muon.state()].filter(([key]) => key !== name));
    expect(() => muon.load(without('momentum_buffer.matrix'))).toThrow('lacks momentum_buffer.matrix');
    expect(() => muon.load(without('exp_avg.vector'))).toThrow('lacks exp_avg.vector');
    const short: Tensor = { dtype: 'F32', shape: [1], data: new Float32Array(1) };
    expect(() => muon.load(new Map([...muon.state(), ['momentum_buffer.kernel', short]]))).toThrow(
      'momentum_buffer.kernel is F32 [1], expected F32 [',
    );
    expect(encodeSafetensors(muon.state())).toEqual(before);
    await expect(createMuon({ ...config, momentum: 1 }, parameters, options)).rejects.toThrow('momentum: ');
    await muon.release();
  });

  it('works where nothing is a matrix', async () => {
    const parameters = new Map([['vector', { data: float(7, 1), shape: [7] }]]);
    const muon = await createMuon(config, parameters, options);
    await muon.step(new Map([['vector', float(7, 2)]]));
    expect(muon.orthogonal).toEqual([]);
    await muon.release();
  });
});
