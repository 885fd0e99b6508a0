import { apply, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { axisOf } from './broadcast.js';

export const reverseOperator: Operator<{ axes: readonly number[] }> = {
  name: 'reverse',
  infer: (inputs) => [inputs[0]],
  emit: (graph, { attributes: { axes }, inputs: [x], outputs }) => {
    const every = (value: number): string => graph.constant(new Array(axes.length).fill(value), [axes.length], 'int64');
    const axesName = graph.constant(axes, [axes.length], 'int64');
    // Backwards from the last element to beyond the first: an end of -1 would be the last one again.
    graph.node('Slice', [x, every(-1), every(Number.MIN_SAFE_INTEGER), axesName, every(-1)], outputs);
  },
  gradient: ({ attributes: { axes } }, [g]) => [reverse(g!, axes)],
};

/** Elements in reverse order along several axes at once, element by element: for small tensors such as kernels. */
export function reverse(x: Value, axes: readonly number[]): Value {
  return apply(reverseOperator, [x], { axes: axes.map((axis) => axisOf('reverse', x, axis)) });
}
