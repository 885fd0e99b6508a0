import { describe, expect, it } from 'vitest';
import { createTally, defaultMix, describeScene } from '../../src/generator/index.js';
import { createRandom } from '../../src/random/index.js';
import { randomScene } from '../generator/randomScene.js';
import { slowMeaning, slowWorld } from '../generator/slowEvaluator.js';

const wanted = 300_000;

describe('generated sentences by the hundred thousand', () => {
  it('mean what an independent slow evaluator finds', { timeout: 3_600_000 }, () => {
    const tally = createTally();
    const wrong: string[] = [];
    let judged = 0;
    // Seeds far from those of the short test.
    for (let seed = 1_000_000; judged < wanted && wrong.length < 10; seed++) {
      const made = randomScene(seed);
      const world = slowWorld(made);
      const options = { sentences: 60, mix: defaultMix, tally, minAreaPx: 12 };
      for (const { form, targets, sentence } of describeScene(made.scene, options, createRandom(seed, 'long'))) {
        judged++;
        const slow = slowMeaning(form, world);
        if (JSON.stringify(slow) !== JSON.stringify(targets)) {
          wrong.push(`seed ${seed}: "${sentence}": [${targets}], slowly ${slow}: ${JSON.stringify(form)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(judged).toBeGreaterThanOrEqual(wanted);
  });
});
