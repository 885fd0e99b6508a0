import { emitPad } from '../onnx/pads.js';
import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { axisOf } from './broadcast.js';

export interface ShiftAttributes {
  readonly axis: number;
  /** Where element 0 goes; may be negative. */
  readonly start: number;
  /** Elements of the result's axis. */
  readonly size: number;
}

export const shiftOperator: Operator<ShiftAttributes> = {
  name: 'shift',
  infer: ([x], { axis, size }) => {
    if (size < 0) throw new Error(`size ${size} is negative`);
    return [{ type: x.type, shape: x.shape.map((count, index) => (index === axis ? size : count)) }];
  },
  emit: (graph, { attributes: { axis, start, size }, inputs: [x], outputs: [y], inputTypes, outputTypes }) => {
    const [{ type, shape }] = inputTypes;
    const after = size - shape[axis] - start;
    if (start + shape[axis] <= 0 || start >= size) {
      // Nothing stays, which Pad cannot say.
      const target = outputTypes[0].shape;
      graph.node('Expand', [graph.constant([0], [], type), graph.constant(target, [target.length], 'int64')], [y]);
    } else {
      emitPad(graph, [x, y], { rank: shape.length, axis, before: start, after });
    }
  },
  gradient: ({ attributes: { axis, start }, inputs: [x] }, [g]) => [shift(g!, axis, -start, x.shape[axis])],
};

/** Moves elements along one axis into an axis of `size`: element i goes to start + i, if that is there; zeros else. */
export function shift(x: Value, axis: number, start: number, size: number): Value {
  const resolved = axisOf('shift', x, axis);
  return start === 0 && size === x.shape[resolved] ? x : apply(shiftOperator, [x], { axis: resolved, start, size });
}
