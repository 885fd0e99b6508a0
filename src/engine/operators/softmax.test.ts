import { expect, it } from 'vitest';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { compile } from '../compile.js';
import { input } from '../leaves.js';
import { floatTensor, type HostTensor } from '../runtime.js';
import { logSoftmax, softmax } from './softmax.js';

// Large enough that single steps compute what has others behind its axis.
const [outer, classes, inner] = [2, 5, 2000];

/** Logits that overflow without their largest taken off, and some classes that are surely none. */
const logits = Float32Array.from({ length: outer * classes * inner }, (_, at) =>
  at % 7 === 3 ? -Infinity : 300 * Math.sin(at * 0.37),
);

/** The classes of one place, by the definition in float64. */
function expectedAt(place: number): { shares: number[]; logarithms: number[] } {
  const [before, behind] = [Math.floor(place / inner), place % inner];
  const own = Array.from({ length: classes }, (_, index) => logits[(before * classes + index) * inner + behind]);
  const largest = Math.max(...own);
  const total = own.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return {
    shares: own.map((value) => Math.exp(value - largest) / total),
    logarithms: own.map((value) => value - largest - Math.log(total)),
  };
}

it('is the same along an axis in the middle of many elements', async () => {
  const x = input('x', [outer, classes, inner]);
  const compiled = await compile({ shares: softmax(x, 1), logarithms: logSoftmax(x, 1) }, { runtime: onnxruntimeNode });
  const found = (await compiled.run({ x: floatTensor(logits, x.shape) })) as Record<string, HostTensor>;
  await compiled.release();
  let worst = 0;
  for (let place = 0; place < outer * inner; place++) {
    const expected = expectedAt(place);
    for (let index = 0; index < classes; index++) {
      const at = (Math.floor(place / inner) * classes + index) * inner + (place % inner);
      worst = Math.max(worst, Math.abs(Number(found.shares.data[at]) - expected.shares[index]));
      const [logarithm, wanted] = [Number(found.logarithms.data[at]), expected.logarithms[index]];
      if (logarithm !== wanted) worst = Math.max(worst, Math.abs(logarithm - wanted) / Math.max(1, Math.abs(wanted)));
    }
  }
  expect(worst, 'largest deviation from the definition').toBeLessThan(1e-6);
});
