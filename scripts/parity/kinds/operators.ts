import { z } from 'zod';
import type { Value } from '../../../src/engine/index.js';
import type { Kind } from '../kind.js';
import { operatorCases } from './operatorCases.js';

const configSchema = z.object({
  cases: z.array(z.object({ name: z.string(), op: z.string(), args: z.record(z.string(), z.unknown()) })),
});

/** `ops` and `ops.resize`: elementary operators, all cases of a file in one graph. */
export const operators: Kind = {
  build({ config, input, hasInput }) {
    const outputs: Record<string, Value> = {};
    for (const { name, op, args } of configSchema.parse(config).cases) {
      const build = operatorCases[op];
      if (!build)
        throw new Error(`${name}: unknown operator ${op}; known are ${Object.keys(operatorCases).join(', ')}`);
      const results = build({
        argument: (argument, schema) => schema.parse(args[argument]),
        input: (tensor) => input(`${name}.${tensor}`),
        has: (tensor) => hasInput(`${name}.${tensor}`),
      });
      for (const [tensor, value] of Object.entries(results)) outputs[`${name}.${tensor}`] = value;
    }
    return { outputs };
  },
};
