import { UserError } from '../../errors/index.js';
import { createTensor, type Tensor } from '../../tensors/index.js';
import { adamwStep } from './adamw.js';
import { updateAdamw } from './adamwKernel.js';
import { completeSettings } from './completeSettings.js';
import { checkGradients, type Gradient } from './gradient.js';
import { type CompleteOptimiserConfig, type OptimiserConfig, optimiserSchema } from './optimiserConfig.js';
import { savedTensor } from './savedTensor.js';
import { updateSgd } from './sgd.js';

/** A parameter to train: its numbers, which the optimiser changes in place, and what is special about it. */
export interface OptimisedParameter {
  readonly data: Float32Array;
  /** For the saved state; [data.length] by default. */
  readonly shape?: readonly number[];
  /** Multiplies the step's learning rate; 1 by default. */
  readonly learningRateScale?: number;
  /** Goes before the optimiser's weight decay. */
  readonly weightDecay?: number;
  /** A table of rows (word vectors, position biases), which is no matrix to Muon though it has two axes. */
  readonly isTable?: boolean;
  /** Numbers a row, where the parameter is a table that may be given gradients of rows (`SparseRows`). */
  readonly rowWidth?: number;
}

/** Changes parameters along their gradients, and remembers what it needs for that. */
export interface Optimiser {
  readonly config: CompleteOptimiserConfig;
  /**
   * One step, in place. A parameter without a gradient is left alone: neither decay nor momentum moves it.
   * @param gradients by parameter name
   * @param learningRate this step's, before each parameter's own scale; the configured one by default
   * @throws UserError for the gradient of an unknown parameter or one that does not fit; then nothing was changed
   */
  step(gradients: ReadonlyMap<string, Gradient>, learningRate?: number): void;
  /**
   * All that the next step depends on besides parameters and gradients, for a safetensors file. The tensors are views:
   * write or copy them before the next step. Names: `step.<parameter>` (I64), and `exp_avg.`, `exp_avg_sq.`,
   * `max_exp_avg_sq.` (AdamW) or `momentum_buffer.` (SGD with momentum).
   */
  state(): Map<string, Tensor>;
  /**
   * Takes a saved state over, bit for bit.
   * @throws UserError when a tensor is missing, unknown or of another type or size; then nothing was changed
   */
  load(state: ReadonlyMap<string, Tensor>): void;
}

type Slots = Readonly<Record<string, Float32Array>>;

interface Entry {
  readonly parameter: OptimisedParameter;
  readonly slots: Slots;
  steps: number;
  /** The rows whose state is not all zero; for tables only. */
  touched: Uint8Array | undefined;
}

function slotNames(config: CompleteOptimiserConfig): readonly string[] {
  if (config.kind === 'sgd') return config.momentum > 0 ? ['momentum_buffer'] : [];
  return config.amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'];
}

/** Which rows have a state that is not all zero. */
function touchedRows(slots: Slots, rows: number, width: number): Uint8Array {
  const touched = new Uint8Array(rows);
  for (const slot of Object.values(slots))
    for (let index = 0; index < slot.length; index++) if (slot[index] !== 0) touched[Math.floor(index / width)] = 1;
  return touched;
}

type Update = (from: number, to: number, gradient: Float32Array, shift: number) => void;

/** The update of a range of one parameter's elements in its next step. */
function updateOf(config: CompleteOptimiserConfig, { parameter, slots, steps }: Entry, learningRate: number): Update {
  const { data } = parameter;
  const rate = learningRate * (parameter.learningRateScale ?? 1);
  const weightDecay = parameter.weightDecay ?? config.weightDecay;
  if (config.kind === 'adamw') {
    const constants = adamwStep(config, steps, rate, weightDecay);
    const { exp_avg: mean, exp_avg_sq: square, max_exp_avg_sq: largest } = slots;
    return (from, to, gradient, shift) =>
      updateAdamw(data, gradient, mean, square, largest, from, to, shift, constants);
  }
  const constants = {
    learningRate: rate,
    weightDecay,
    momentum: config.momentum,
    share: steps === 1 ? 1 : 1 - config.dampening,
    nesterov: config.nesterov,
  };
  const velocity = slots.momentum_buffer ?? data;
  return (from, to, gradient, shift) => updateSgd(data, gradient, velocity, from, to, shift, constants);
}

/**
 * Rows that are named move by their gradient. In dense mode all others move as with a gradient of zero, to the last
 * bit as if the gradient had been dense; rows never touched before have no momentum, so only decay moves them, and
 * they are skipped where there is none.
 */
function updateRows(
  entry: Entry,
  rows: Int32Array,
  values: Float32Array,
  width: number,
  update: Update,
  config: CompleteOptimiserConfig,
): void {
  const { data, weightDecay = config.weightDecay } = entry.parameter;
  const count = data.length / width;
  entry.touched ??= touchedRows(entry.slots, count, width);
  const { touched } = entry;
  const hasState = Object.keys(entry.slots).length > 0;
  const moves = (row: number): boolean =>
    config.unusedRows === 'dense' && (weightDecay !== 0 || (hasState && touched[row] === 1));
  /** Rows without a gradient move in runs of up to so many. */
  const longest = Math.max(1, Math.floor(8192 / width));
  const zeros = new Float32Array(longest * width);
  let next = 0;
  for (let row = 0; row < count; ) {
    const start = row * width;
    if (next < rows.length && rows[next] === row) {
      update(start, start + width, values, next * width - start);
      touched[row] = 1;
      next += 1;
      row += 1;
      continue;
    }
    const limit = Math.min(row + longest, next < rows.length ? rows[next] : count);
    let end = row;
    while (end < limit && moves(end)) end += 1;
    if (end > row) {
      update(start, end * width, zeros, -start);
      // The decay of SGD enters its momentum.
      if (config.kind === 'sgd') touched.fill(1, row, end);
    }
    row = Math.max(end, row + 1);
  }
}

/**
 * Makes an optimiser: AdamW (decoupled decay, AMSGrad) or SGD (momentum, Nesterov), with PyTorch's formulas. State is
 * float32, bias correction double.
 * @param config kind and settings
 * @param parameters by name; their arrays are changed in place
 * @throws UserError for settings out of range, and a row width that does not divide its table
 */
export function createOptimiser(
  config: OptimiserConfig,
  parameters: ReadonlyMap<string, OptimisedParameter>,
): Optimiser {
  const complete = completeSettings('optimiser', optimiserSchema, config);
  if (complete.kind === 'sgd' && complete.nesterov && (complete.momentum === 0 || complete.dampening !== 0))
    throw new UserError('optimiser: nesterov needs a momentum above 0 and no dampening');
  const names = slotNames(complete);
  const entries = new Map<string, Entry>();
  for (const [name, parameter] of parameters) {
    const { data, rowWidth, shape } = parameter;
    if (rowWidth !== undefined && (rowWidth < 1 || data.length % rowWidth !== 0))
      throw new UserError(`optimiser: ${name} has ${data.length} numbers, not a multiple of its rowWidth ${rowWidth}`);
    if (shape) createTensor('F32', shape, data);
    const slots = Object.fromEntries(names.map((slot) => [slot, new Float32Array(data.length)]));
    entries.set(name, { parameter, slots, steps: 0, touched: undefined });
  }

  return {
    config: complete,

    step(gradients, learningRate = complete.learningRate) {
      checkGradients(gradients, parameters);
      for (const [name, gradient] of gradients) {
        const entry = entries.get(name)!;
        entry.steps += 1;
        const update = updateOf(complete, entry, learningRate);
        if (gradient instanceof Float32Array) {
          entry.touched = undefined;
          update(0, gradient.length, gradient, 0);
        } else updateRows(entry, gradient.rows, gradient.values, entry.parameter.rowWidth!, update, complete);
      }
    },

    state() {
      const state = new Map<string, Tensor>();
      for (const [name, { parameter, slots, steps }] of entries) {
        state.set(`step.${name}`, createTensor('I64', [], BigInt64Array.of(BigInt(steps))));
        const shape = parameter.shape ?? [parameter.data.length];
        for (const [slot, data] of Object.entries(slots))
          state.set(`${slot}.${name}`, createTensor('F32', shape, data));
      }
      return state;
    },

    load(state) {
      const wanted = this.state();
      for (const [name, tensor] of wanted) savedTensor(state, name, tensor);
      for (const name of state.keys())
        if (!wanted.has(name)) throw new UserError(`the optimiser's saved state has ${name}, which this run does not`);
      for (const [name, entry] of entries) {
        entry.steps = Number((state.get(`step.${name}`) as Tensor<'I64'>).data[0]);
        entry.touched = undefined;
        for (const [slot, data] of Object.entries(entry.slots))
          data.set((state.get(`${slot}.${name}`) as Tensor<'F32'>).data);
      }
    },
  };
}
