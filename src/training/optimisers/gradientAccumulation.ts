import { UserError } from '../../errors/index.js';
import { createTensor, type Tensor } from '../../tensors/index.js';
import { checkGradient, denseGradient, type Gradient, type SparseRows } from './gradient.js';

/** Adds up the gradients of several small batches, so that one step sees them as one large batch. */
export interface GradientAccumulator {
  /** How many batches were added since the last `take`. */
  readonly batches: number;
  /**
   * Adds a batch's gradients, each times `weight`: 1 / the number of batches gives their mean.
   * @throws UserError when a gradient changes its length between batches
   */
  add(gradients: ReadonlyMap<string, Gradient>, weight?: number): void;
  /** The sums, of which the accumulator forgets: they may be changed in place, until the next `add`. */
  take(): Map<string, Gradient>;
  /** What was added so far, for a checkpoint between two steps. */
  state(): Map<string, Tensor>;
  /** Takes a saved state over, bit for bit. Throws a UserError when it is not one. */
  load(state: ReadonlyMap<string, Tensor>): void;
}

/** Adds the rows of two sparse gradients. */
function addRows(sum: SparseRows, added: SparseRows, width: number, weight: number): SparseRows {
  const rows = Int32Array.from(new Set([...sum.rows, ...added.rows])).sort();
  const place = new Map<number, number>();
  for (let index = 0; index < rows.length; index++) place.set(rows[index], index);
  const values = new Float32Array(rows.length * width);
  const put = (part: SparseRows, factor: number): void => {
    for (let index = 0; index < part.rows.length; index++) {
      const to = place.get(part.rows[index])! * width;
      for (let column = 0; column < width; column++)
        values[to + column] += factor * part.values[index * width + column];
    }
  };
  put(sum, 1);
  put(added, weight);
  return { rows, values };
}

function addDense(sum: Float32Array, added: Float32Array, weight: number): void {
  for (let index = 0; index < sum.length; index++) sum[index] += weight * added[index];
}

/**
 * Makes an accumulator of gradients. Sums are float32.
 * @param parameters the length of each parameter that may get a gradient, and for tables the width of a row
 */
export function createGradientAccumulator(
  parameters: ReadonlyMap<string, { readonly data: Float32Array; readonly rowWidth?: number }>,
): GradientAccumulator {
  let sums = new Map<string, Gradient>();
  let batches = 0;
  /** Dense sums handed out by `take`, used again for the next batches. */
  const spare = new Map<string, Float32Array>();

  return {
    get batches() {
      return batches;
    },

    add(gradients, weight = 1) {
      for (const [name, gradient] of gradients) {
        const parameter = parameters.get(name);
        if (!parameter) throw new UserError(`the accumulator was not made for ${name}`);
        checkGradient(name, gradient, parameter.data.length, parameter.rowWidth);
      }
      for (const [name, gradient] of gradients) {
        const { data, rowWidth = 1 } = parameters.get(name)!;
        const sum = sums.get(name);
        if (gradient instanceof Float32Array || sum instanceof Float32Array) {
          let dense: Float32Array;
          if (sum instanceof Float32Array) dense = sum;
          else {
            dense = spare.get(name) ?? new Float32Array(data.length);
            spare.delete(name);
            if (!sum && weight === 1 && gradient instanceof Float32Array) {
              // The usual case, one batch a step, needs no sum.
              dense.set(gradient);
              sums.set(name, dense);
              continue;
            }
            dense.fill(0);
            if (sum) addDense(dense, denseGradient(sum, data.length, rowWidth), 1);
            sums.set(name, dense);
          }
          addDense(dense, denseGradient(gradient, data.length, rowWidth), weight);
        } else {
          const none = { rows: new Int32Array(0), values: new Float32Array(0) };
          sums.set(name, addRows(sum ?? none, gradient, rowWidth, weight));
        }
      }
      batches += 1;
    },

    take() {
      // In the parameters' order, also after a saved state was loaded: the norm of all is a sum in this order.
      const taken = new Map<string, Gradient>();
      for (const name of parameters.keys()) {
        const sum = sums.get(name);
        if (sum) taken.set(name, sum);
        if (sum instanceof Float32Array) spare.set(name, sum);
      }
      sums = new Map();
      batches = 0;
      return taken;
    },

    state() {
      const state = new Map<string, Tensor>([['batches', createTensor('I64', [], BigInt64Array.of(BigInt(batches)))]]);
      for (const [name, sum] of sums) {
        if (sum instanceof Float32Array) state.set(`sum.${name}`, createTensor('F32', [sum.length], sum));
        else {
          state.set(`rows.${name}`, createTensor('I32', [sum.rows.length], sum.rows));
          state.set(`values.${name}`, createTensor('F32', [sum.values.length], sum.values));
        }
      }
      return state;
    },

    load(state) {
      const count = state.get('batches');
      if (count?.dtype !== 'I64') throw new UserError('a saved sum of gradients lacks its number of batches');
      const loaded = new Map<string, Gradient>();
      for (const [key, tensor] of state) {
        if (key === 'batches' || key.startsWith('values.')) continue;
        const name = key.slice(key.indexOf('.') + 1);
        const values = key.startsWith('sum.') ? tensor : state.get(`values.${name}`);
        const parameter = parameters.get(name);
        if (!parameter || values?.dtype !== 'F32')
          throw new UserError(`a saved sum of gradients has ${key}, which does not belong to this run`);
        const gradient =
          tensor.dtype === 'I32' ? { rows: tensor.data.slice(), values: values.data.slice() } : values.data.slice();
        checkGradient(name, gradient, parameter.data.length, parameter.rowWidth);
        loaded.set(name, gradient);
      }
      sums = loaded;
      batches = Number(count.data[0]);
    },
  };
}
