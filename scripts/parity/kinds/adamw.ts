import { z } from 'zod';
import { floatTensor, type HostTensor } from '../../../src/engine/index.js';
import { createOptimiser, createSchedule } from '../../../src/training/optimisers/index.js';
import type { Kind } from '../kind.js';
import { tensorsUnder } from '../reference.js';

const configSchema = z.object({
  lr: z.number(),
  betas: z.tuple([z.number(), z.number()]),
  eps: z.number(),
  amsgrad: z.boolean(),
  poly_power: z.number(),
  total_iterations: z.number(),
  steps: z.number(),
  /** Weight decay of each group. */
  groups: z.record(z.string(), z.number()),
});

/** `optim.adamw`: some steps with given gradients under the poly schedule, and the state after them. */
export const adamw: Kind = {
  async compute(reference) {
    const config = configSchema.parse(reference.config);
    const gradients = tensorsUnder(reference, 'input.grads.');
    const starts = tensorsUnder(reference, 'input.init.');
    const data = new Map([...starts].map(([name, tensor]) => [name, (tensor.data as Float32Array).slice()]));
    const optimiser = createOptimiser(
      {
        kind: 'adamw',
        learningRate: config.lr,
        betas: config.betas,
        epsilon: config.eps,
        amsgrad: config.amsgrad,
      },
      new Map([...data].map(([name, values]) => [name, { data: values, weightDecay: config.groups[name] }])),
    );
    const factor = createSchedule({
      kind: 'poly',
      power: config.poly_power,
      totalIterations: config.total_iterations,
    });
    const rates = new Float32Array(config.steps);
    const trace = new Map([...data].map(([name, values]) => [name, new Float32Array(config.steps * values.length)]));
    for (let step = 0; step < config.steps; step++) {
      const rate = config.lr * factor(step);
      rates[step] = rate;
      const now = new Map<string, Float32Array>();
      for (const [name, values] of data) {
        const all = gradients.get(name)!.data as Float32Array;
        now.set(name, all.slice(step * values.length, (step + 1) * values.length));
      }
      optimiser.step(now, rate);
      for (const [name, values] of data) trace.get(name)!.set(values, step * values.length);
    }
    const results: Record<string, HostTensor> = { lr: floatTensor(rates, [config.steps]) };
    for (const [name, values] of trace) {
      results[`steps.${name}`] = floatTensor(values, [config.steps, values.length / config.steps]);
    }
    for (const [name, tensor] of optimiser.state()) {
      if (tensor.dtype === 'F32') results[name] = floatTensor(tensor.data, tensor.shape);
    }
    return results;
  },
};
