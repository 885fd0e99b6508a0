import { z } from 'zod';

const rate = z.number().min(0);
const beta = z.number().min(0).lt(1);

/** The settings of an optimiser, as they stand in a run's configuration. */
export const optimiserSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('adamw'),
    learningRate: rate,
    /** Decay rates of the running mean of gradients and of their squares. */
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    /** Added to the root; not so small that float32 has no such number. */
    epsilon: z.number().min(1e-30).default(1e-8),
    /** Decoupled weight decay; a parameter's own value goes before it. */
    weightDecay: rate.default(0.01),
    /** Divide by the running maximum of the squares' mean (Reddi et al. 2018). */
    amsgrad: z.boolean().default(false),
    /** What happens to the rows of a table that a sparse gradient does not name; see `SparseRows`. */
    unusedRows: z.enum(['dense', 'lazy']).default('dense'),
  }),
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: rate,
    momentum: beta.default(0),
    dampening: z.number().min(0).max(1).default(0),
    nesterov: z.boolean().default(false),
    /** Weight decay added to the gradient; a parameter's own value goes before it. */
    weightDecay: rate.default(0),
    unusedRows: z.enum(['dense', 'lazy']).default('dense'),
  }),
]);

/** The settings of an optimiser; what has a default may be left out. */
export type OptimiserConfig = z.input<typeof optimiserSchema>;

/** The settings of an optimiser with the defaults filled in. */
export type CompleteOptimiserConfig = z.output<typeof optimiserSchema>;
