import { createHash } from 'node:crypto';
import { createRandom } from '../../src/random/index.js';
import type { Draw, OperatorCase } from './cases.js';
import { compileSample, runSample } from './gradientCheck.js';

/** Sizes large enough that the runtime splits the work over its threads. */
function largeDraw(name: string): Draw {
  const random = createRandom(5, name);
  return {
    size: () => 26 + random.integer(8),
    whole: (low, high) => low + random.integer(high - low + 1),
    pick: (items) => random.pick(items),
  };
}

/** Runs outputs and gradients of a case on two threads so many times and gives the number of different results. */
export async function countDifferentResults(name: string, own: OperatorCase, runs: number): Promise<number> {
  const sample = own.sample(largeDraw(name));
  const checked = await compileSample(sample, 1, own.noGradient === undefined, { threads: 2 });
  const seen = new Set<string>();
  for (let run = 0; run < runs; run++) {
    const hash = createHash('sha1');
    for (const { data } of Object.values(await runSample(checked))) {
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    seen.add(hash.digest('hex'));
  }
  await checked.function.release();
  return seen.size;
}
