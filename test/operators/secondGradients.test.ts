import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as e from '../../src/engine/index.js';
import { type OperatorName, operatorTable } from '../../src/engine/operators/table.js';
import { createRandom } from '../../src/random/index.js';
import { fromGenerator, type OperatorCase, type Sample, tolerances, volume } from './cases.js';
import { compositeCases } from './compositeCases.js';
import { compareSlopes, compileSample } from './gradientCheck.js';
import { operatorCases } from './operatorCases.js';

/** The gradient with respect to the first input of floats, of the squares of all results, weighed at random. */
function firstGradient({ inputs, build }: Sample, seed: number): Sample {
  const random = createRandom(seed, 'weights');
  return {
    inputs,
    build(...values) {
      const results = [build(...values)].flat().filter(({ type }) => type === 'float32');
      const terms = results.map((y) => {
        const weights = Float32Array.from({ length: volume(y.shape) }, () => random.uniform(0.5, 1.5));
        return e.sum(e.mul(e.square(y), e.constant(weights, y.shape)));
      });
      const x = values.find(({ type }) => type === 'float32')!;
      return e.gradients(e.addAll(terms), [x])[0] ?? e.zerosLike(x);
    },
  };
}

/** Drawn with ties, where the gradient jumps. */
const jumping: readonly string[] = ['maximum', 'minimum'];

async function check(name: string, { family, noGradient, sample: make }: OperatorCase): Promise<void> {
  if (noGradient !== undefined) return;
  const property = fc.asyncProperty(fc.gen(), fc.nat(1e6), async (generate, seed) => {
    const sample = firstGradient(make(fromGenerator(generate)), seed);
    const checked = await compileSample(sample, seed, true);
    try {
      const { analytic, numeric, scale } = await compareSlopes(checked, seed);
      const deviation = Math.abs(analytic - numeric) / Math.max(scale, 1e-2);
      const about = `${name} of ${sample.inputs.map(({ shape }) => `[${shape}]`).join(' x ')}`;
      expect(deviation, `${about}: the second gradient says ${analytic}, the differences ${numeric}`).toBeLessThan(
        10 * tolerances[family],
      );
    } finally {
      await checked.function.release();
    }
  });
  await fc.assert(property, { numRuns: 6, seed: 11 });
}

describe('the gradient of a gradient agrees with differences of the gradient', () => {
  const smooth = (Object.keys(operatorTable) as OperatorName[]).filter((name) => !jumping.includes(name));
  for (const name of smooth) it(name, () => check(name, operatorCases[name]));
  for (const [name, own] of Object.entries(compositeCases)) it(name, () => check(name, own));
});
