import { expect, it } from 'vitest';
import { createModel } from '../../src/models/index.js';
import { createRandom } from '../../src/random/index.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { createOptimiser } from '../../src/training/optimisers/index.js';
import { lossSchema } from '../../src/training/segmentationLoss.js';
import { compileTrainingStep, initialWeights } from '../../src/training/trainingStep.js';

const steps = 2000;
const batch = 2;
const sizePx = 64;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

it(`${steps} steps of MRSNet-nano keep memory flat, and the 1,000th and the last are as fast as the tenth`, async () => {
  const model = createModel({ model: 'mrsnet', preset: 'nano', imageSizePx: sizePx });
  const weights = initialWeights(model, 1);
  const loss = lossSchema.parse({ dice: 1 });
  const step = await compileTrainingStep(model, weights, { runtime: onnxruntimeNode, batch, loss, sizePx });
  const learned = new Map([...weights.parameters].filter(([name]) => step.gradients.has(name)));
  const optimiser = createOptimiser({ kind: 'adamw', learningRate: 1e-5 }, learned);
  const { maxWords, text } = model.config;
  const times: number[] = [];
  const memory: number[] = [];
  for (let index = 0; index < steps; index++) {
    const random = createRandom('long', index);
    const images = new Float32Array(batch * 3 * sizePx * sizePx).map(() => random.uniform(-1, 1));
    const masks = new Uint8Array(batch * sizePx * sizePx).map((_, place) => Number(place % sizePx < 20));
    const ids = Int32Array.from({ length: batch * maxWords }, () => 1 + random.integer(text.vocabularySize - 1));
    const wordMask = new Float32Array(batch * maxWords).fill(1);
    const start = process.cpuUsage();
    const result = await step.run({ images, masks, ids, wordMask }, ['long', index]);
    optimiser.step(step.gradients);
    const { user, system } = process.cpuUsage(start);
    expect(Number.isFinite(result.loss), `loss of step ${index}`).toBe(true);
    times.push(user + system);
    if (index % 50 === 49) memory.push(process.memoryUsage.rss());
  }
  await step.release();
  // Processor time, medians of 41 steps: neighbours on the machine disturb single ones.
  const around = (from: number): number => median(times.slice(from, from + 41));
  const [early, thousandth, last] = [around(10), around(980), around(steps - 41)];
  const grown = (Math.max(...memory.slice(-5)) - Math.max(...memory.slice(0, 10))) / 2 ** 20;
  process.stdout.write(
    `tenth ${early} us, 1,000th ${thousandth} us, last ${last} us of processor time; memory grew by ${grown.toFixed(1)} MB\n`,
  );
  expect(grown, `MB that ${steps - 500} steps added`).toBeLessThan(32);
  expect(thousandth / early).toBeLessThan(1.25);
  expect(last / early).toBeLessThan(1.25);
});
