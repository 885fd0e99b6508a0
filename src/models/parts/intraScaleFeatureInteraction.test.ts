import { describe, expect, it } from 'vitest';
import { createScope, floatTensor, input } from '../../engine/index.js';
import { createRandom } from '../../random/index.js';
import { intraScaleFeatureInteraction } from './intraScaleFeatureInteraction.js';
import { comparedSlopes } from './testGradients.js';

const [height, width, channels, sentenceWidth] = [3, 4, 8, 6];
const random = createRandom('IFIM');
const noise = (length: number): Float32Array => Float32Array.from({ length }, () => 0.5 * random.normal());

describe('IFIM', () => {
  it.each([false, true])(
    'has the gradients of finite differences (with the whole sentence: %s)',
    async (isModulated) => {
      const scope = createScope({ training: true });
      const shape = [1, height * width, channels];
      const sentence = isModulated ? input('sentence', [1, sentenceWidth]) : null;
      const x = { tokens: input('x', shape), height, width };
      const detail = intraScaleFeatureInteraction(scope, x, input('language', shape), sentence);
      expect(detail.shape).toEqual(shape);
      const parameters = new Map(
        [...scope.declared.parameters].map(([name, declared]) => [
          name,
          noise(declared.shape.reduce((a, b) => a * b, 1)),
        ]),
      );
      expect([...parameters.keys()].some((name) => name.startsWith('film'))).toBe(isModulated);
      const compared = await comparedSlopes(scope, [detail], parameters, {
        x: floatTensor(noise(height * width * channels), shape),
        language: floatTensor(noise(height * width * channels), shape),
        ...(isModulated ? { sentence: floatTensor(noise(sentenceWidth), [1, sentenceWidth]) } : {}),
      });
      for (const { name, gradient, difference } of compared) {
        expect(Math.abs(gradient - difference), name).toBeLessThan(0.002 + 0.02 * Math.abs(difference));
      }
    },
  );
});
