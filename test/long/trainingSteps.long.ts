import { describe, expect, it } from 'vitest';
import {
  compile,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  mean,
  square,
} from '../../src/engine/index.js';
import { swinBlock } from '../../src/models/swin.js';
import { onnxruntimeNode } from '../../src/runtimes/onnxruntimeNode.js';
import { createOptimiser } from '../../src/training/optimisers/index.js';

const steps = 1000;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** A training step of one Swin block, AdamW included. */
async function createStep() {
  const scope = createScope({ training: true });
  const x = input('x', [2, 784, 48]);
  const sizes = { width: 48, depths: [2], heads: [3], window: 7, mlpRatio: 4, dropPath: 0, unshiftedInOneWindow: true };
  const y = swinBlock(scope, { tokens: x, height: 28, width: 28 }, sizes, 3, true, 0).tokens;
  const loss = mean(square(y));
  const parameters = [...scope.declared.parameters.values()];
  const slopes = gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const named = parameters.map(({ name }, index) => [`grad.${name}`, slopes[index]!] as const);
  const compiled = await compile(
    { loss, ...Object.fromEntries(named) },
    { runtime: onnxruntimeNode, session: { optimisation: 'basic' } },
  );
  const data = new Map(
    parameters.map(({ name, shape, initialiser }) => [name, { data: initialise(initialiser, shape, 0, name) }]),
  );
  const optimiser = createOptimiser({ kind: 'adamw', learningRate: 1e-5 }, data);
  const feeds: Record<string, HostTensor> = {
    x: floatTensor(new Float32Array(2 * 784 * 48).map(Math.sin), [2, 784, 48]),
  };
  const into: Record<string, HostTensor> = { loss: floatTensor(new Float32Array(1), []) };
  for (const { name, shape } of parameters) {
    feeds[name] = floatTensor(data.get(name)!.data, shape);
    into[`grad.${name}`] = floatTensor(new Float32Array(data.get(name)!.data.length), shape);
  }
  const arrays = new Map(parameters.map(({ name }) => [name, into[`grad.${name}`].data as Float32Array]));
  return {
    async run(): Promise<number> {
      await compiled.run(feeds, { into });
      optimiser.step(arrays);
      return Number(into.loss.data[0]);
    },
    release: () => compiled.release(),
  };
}

describe(`${steps} training steps`, () => {
  it('keep memory flat and the last as fast as the tenth', async () => {
    const step = await createStep();
    const times: number[] = [];
    const memory: number[] = [];
    for (let index = 0; index < steps; index++) {
      const start = process.cpuUsage();
      expect(Number.isFinite(await step.run())).toBe(true);
      const { user, system } = process.cpuUsage(start);
      times.push(user + system);
      if (index % 50 === 9) memory.push(process.memoryUsage.rss());
    }
    await step.release();
    // Processor time, medians of 41 around the 30th and at the end: neighbours on the machine disturb single steps.
    const early = median(times.slice(10, 51));
    const late = median(times.slice(-41));
    const grown = (Math.max(...memory.slice(-5)) - Math.max(...memory.slice(0, 5))) / 2 ** 20;
    process.stdout.write(
      `early ${early} us, late ${late} us of processor time; memory grew by ${grown.toFixed(1)} MB\n`,
    );
    expect(grown, 'MB that 750 steps added').toBeLessThan(24);
    expect(late / early).toBeLessThan(1.25);
  });

  it('of short-lived sessions give their memory back', async () => {
    const round = async (): Promise<void> => {
      const step = await createStep();
      await step.run();
      await step.release();
    };
    for (let warm = 0; warm < 10; warm++) await round();
    const before = process.memoryUsage.rss();
    for (let index = 0; index < 60; index++) await round();
    const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
    process.stdout.write(`60 sessions added ${grown.toFixed(1)} MB\n`);
    expect(grown, 'MB that 60 sessions added').toBeLessThan(120);
  });
});
