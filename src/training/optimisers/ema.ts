import { UserError } from '../../errors/index.js';
import { createTensor, type Tensor } from '../../tensors/index.js';

/** An exponential moving average of parameters: often scores better than the parameters of the last step. */
export interface Ema {
  /** The averages, by parameter name. */
  readonly averages: ReadonlyMap<string, Float32Array>;
  /** Takes the parameters' present values in: average = d average + (1 - d) parameter. Call after every step. */
  update(): void;
  /** Exchanges averages and parameters, in place: once before an evaluation, and once after it. */
  swap(): void;
  /** For a safetensors file: `updates` (I64) and `average.<parameter>`. Views: write them before the next update. */
  state(): Map<string, Tensor>;
  /** Takes a saved state over, bit for bit. Throws a UserError when a tensor is missing or does not fit. */
  load(state: ReadonlyMap<string, Tensor>): void;
}

/**
 * Makes a moving average that starts at the parameters' present values.
 * @param parameters arrays that training changes in place
 * @param options decay d, 0.999 by default; warmUp: start with min(d, (1 + n) / (10 + n)) in update n = 0, 1, ..., so
 * that the first random values are soon forgotten (as in TensorFlow's ExponentialMovingAverage); true by default
 */
export function createEma(
  parameters: ReadonlyMap<string, Float32Array>,
  { decay = 0.999, warmUp = true }: { decay?: number; warmUp?: boolean } = {},
): Ema {
  if (!(decay >= 0 && decay < 1)) throw new UserError(`ema: the decay ${decay} must be at least 0 and below 1`);
  const averages = new Map([...parameters].map(([name, values]) => [name, values.slice()]));
  let updates = 0;
  return {
    averages,

    update() {
      const rate = warmUp ? Math.min(decay, (1 + updates) / (10 + updates)) : decay;
      const rest = 1 - rate;
      for (const [name, values] of parameters) {
        const average = averages.get(name)!;
        for (let index = 0; index < average.length; index++)
          average[index] = rate * average[index] + rest * values[index];
      }
      updates += 1;
    },

    swap() {
      for (const [name, values] of parameters) {
        const average = averages.get(name)!;
        for (let index = 0; index < values.length; index++) {
          const value = values[index];
          values[index] = average[index];
          average[index] = value;
        }
      }
    },

    state() {
      const state = new Map<string, Tensor>([['updates', createTensor('I64', [], BigInt64Array.of(BigInt(updates)))]]);
      for (const [name, average] of averages)
        state.set(`average.${name}`, createTensor('F32', [average.length], average));
      return state;
    },

    load(state) {
      const count = state.get('updates');
      if (count?.dtype !== 'I64') throw new UserError('a saved moving average lacks its number of updates');
      for (const [name, average] of averages) {
        const got = state.get(`average.${name}`);
        if (got?.dtype !== 'F32' || got.data.length !== average.length)
          throw new UserError(
            `the saved moving average of ${name} is missing or does not have ${average.length} numbers`,
          );
      }
      for (const [name, average] of averages) average.set((state.get(`average.${name}`) as Tensor<'F32'>).data);
      updates = Number(count.data[0]);
    },
  };
}
