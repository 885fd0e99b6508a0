import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { add, mul } from './arithmetic.js';
import { requireType } from './broadcast.js';
import { reshape } from './layout.js';
import { sum } from './reduction.js';

/** A value per channel, [C], shaped to broadcast over [B, C, ...]. */
export const perChannel = (value: Value, rank: number): Value =>
  reshape(value, [1, value.shape[0], ...Array.from({ length: rank - 2 }, () => 1)]);

/** All axes of `[B, C, ...]` but that of the channels. */
export const allButChannels = (rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);

export const channelAffineOperator: Operator<null> = {
  name: 'channelAffine',
  infer: (inputs) => {
    requireType(inputs, 'float32', 'float16');
    const [x, ...coefficients] = inputs;
    if (x.shape.length < 2) throw new Error('the input needs the axes [B, C, ...]');
    for (const { shape } of coefficients) {
      if (shape.length !== 1 || shape[0] !== x.shape[1]) throw new Error(`scale and shift need shape [${x.shape[1]}]`);
    }
    return [x];
  },
  // With mean 0 and variance 1, BatchNormalization is the one node that multiplies and adds in a single pass.
  emit: (graph, { inputs, outputs, inputTypes: [{ type, shape }] }) => {
    const filled = (value: number) =>
      graph.constant(
        Array.from({ length: shape[1] }, () => value),
        [shape[1]],
        type,
      );
    graph.node('BatchNormalization', [...inputs, filled(0), filled(1)], outputs, { epsilon: { float: 0 } });
  },
  gradient: ({ inputs: [x, scale], wanted }, [g]) => {
    const reduced = allButChannels(x.shape.length);
    return [
      wanted(0) ? mul(g!, perChannel(scale, x.shape.length)) : null,
      wanted(1) ? sum(mul(g!, x), reduced) : null,
      wanted(2) ? sum(g!, reduced) : null,
    ];
  },
};

/** x scale + shift for each channel, in one pass over memory: `[B, C, ...], [C], [C] -> [B, C, ...]`. */
export function channelAffine(x: Value, scale: Value | null | undefined, shift: Value | null | undefined): Value {
  if (scale && shift) return apply(channelAffineOperator, [x, scale, shift], null);
  if (scale) return mul(x, perChannel(scale, x.shape.length));
  return shift ? add(x, perChannel(shift, x.shape.length)) : x;
}
