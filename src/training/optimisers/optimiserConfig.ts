import { z } from 'zod';

const rate = z.number().min(0);
const beta = z.number().min(0).lt(1);

const betas = z.tuple([beta, beta]).default([0.9, 0.999]);
// Not so small that float32 has no such number.
const epsilon = z.number().min(1e-30).default(1e-8);
const decoupledDecay = rate.default(0.01).describe("decoupled weight decay; a parameter's own value goes before it");
const unusedRows = z
  .enum(['dense', 'lazy'])
  .default('dense')
  .describe('whether rows of a table that a sparse gradient does not name decay all the same');

/** The settings of an optimiser, as they stand in a run's configuration. */
export const optimiserSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('adamw'),
    learningRate: rate.describe('highest rate of the schedule'),
    betas: betas.describe('decay rates of the running mean of gradients and of their squares'),
    epsilon: epsilon.describe('added to the root'),
    weightDecay: decoupledDecay,
    amsgrad: z
      .boolean()
      .default(false)
      .describe("divide by the running maximum of the squares' mean (Reddi et al. 2018)"),
    unusedRows,
  }),
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: rate.describe('highest rate of the schedule'),
    momentum: beta.default(0).describe('share of the last direction that is kept'),
    dampening: z.number().min(0).max(1).default(0).describe('share of the gradient that momentum leaves out'),
    nesterov: z.boolean().default(false).describe('look one step ahead'),
    weightDecay: rate.default(0).describe("added to the gradient; a parameter's own value goes before it"),
    unusedRows,
  }),
]);

/** The settings of Muon: its own for matrices, AdamW's for everything else. */
export const muonSchema = z.strictObject({
  kind: z.literal('muon'),
  learningRate: rate.describe('highest rate of the schedule; as for adamw'),
  momentum: beta.default(0.95).describe('share of the last direction that is kept, for matrices'),
  nesterov: z.boolean().default(true).describe('look one step ahead'),
  iterations: z.number().int().positive().default(5).describe('steps of the orthogonalisation'),
  coefficients: z
    .tuple([z.number(), z.number(), z.number()])
    .default([3.4445, -4.775, 2.0315])
    .describe('of the polynomial that orthogonalises'),
  smallestSide: z
    .number()
    .int()
    .positive()
    .default(16)
    .describe('matrices with a smaller side are stepped by adamw, as vectors and tables are'),
  betas: betas.describe("adamw's decay rates of the running mean of gradients and of their squares"),
  epsilon: epsilon.describe("added to adamw's root"),
  weightDecay: decoupledDecay,
  unusedRows,
});

/** The settings of Muon; what has a default may be left out. */
export type MuonConfig = z.input<typeof muonSchema>;

/** The settings of Muon with the defaults filled in. */
export type CompleteMuonConfig = z.output<typeof muonSchema>;

/** The settings of an optimiser; what has a default may be left out. */
export type OptimiserConfig = z.input<typeof optimiserSchema>;

/** The settings of an optimiser with the defaults filled in. */
export type CompleteOptimiserConfig = z.output<typeof optimiserSchema>;
