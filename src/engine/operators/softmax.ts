import { apply, type GradientRule, type Operator } from '../operator.js';
import { elementCount, type Value, type ValueType } from '../value.js';
import { mul, sub } from './arithmetic.js';
import { axisOf, requireType } from './broadcast.js';
import { exp } from './exponential.js';
import { sum } from './reduction.js';

/** From so many elements on, single steps are faster than a node whose axis has others behind it. */
const leastInSteps = 2 ** 14;

/**
 * Whether single steps compute it. ONNX Runtime (1.30, CPU) takes an axis that has others behind it apart element by
 * element, and is up to nine times slower so.
 */
const isInSteps = ({ type, shape }: ValueType, axis: number): boolean =>
  type === 'float32' && elementCount(shape) >= leastInSteps && elementCount(shape.slice(axis + 1)) > 1;

const alongAxis = (
  name: string,
  onnxType: 'Softmax' | 'LogSoftmax',
  gradient: GradientRule<{ axis: number }>,
): Operator<{ axis: number }> => ({
  name,
  infer: ([x]) => {
    requireType([x], 'float32', 'float16');
    return [x];
  },
  emit: (graph, { attributes: { axis }, inputs, outputs, inputTypes }) => {
    if (!isInSteps(inputTypes[0], axis)) {
      graph.node(onnxType, inputs, outputs, { axis: { int: axis } });
      return;
    }
    const axes = graph.constant([axis], [1], 'int64');
    const below = graph.step('Sub', inputs[0], graph.step('ReduceMax', inputs[0], axes));
    const powers = graph.step('Exp', below);
    const total = graph.step('ReduceSum', powers, axes);
    if (onnxType === 'Softmax') graph.node('Div', [powers, total], outputs);
    else graph.node('Sub', [below, graph.step('Log', total)], outputs);
  },
  gradient,
});

export const softmaxOperator = alongAxis('softmax', 'Softmax', ({ attributes: { axis }, outputs: [y] }, [g]) => {
  const weighted = mul(g!, y);
  return [sub(weighted, mul(y, sum(weighted, [axis], { keep: true })))];
});

export const logSoftmaxOperator = alongAxis(
  'logSoftmax',
  'LogSoftmax',
  ({ attributes: { axis }, outputs: [y] }, [g]) => [sub(g!, mul(exp(y), sum(g!, [axis], { keep: true })))],
);

/** exp(x) / sum exp(x) along one axis. */
export function softmax(x: Value, axis = -1): Value {
  return apply(softmaxOperator, [x], { axis: axisOf('softmax', x, axis) });
}

/** log(softmax(x)) along one axis, computed without overflow. */
export function logSoftmax(x: Value, axis = -1): Value {
  return apply(logSoftmaxOperator, [x], { axis: axisOf('logSoftmax', x, axis) });
}
