import { constant } from '../leaves.js';
import { applyAll, type GradientContext, type Operator } from '../operator.js';
import { elementCount, sameShape, type Value } from '../value.js';
import { add, mul, square, sub } from './arithmetic.js';
import { axisOf, requireType } from './broadcast.js';
import { reshape } from './layout.js';
import { matmul } from './matmul.js';
import { sum } from './reduction.js';
import { withStatistics } from './statisticsGradient.js';

export const layerNormOperator: Operator<{ axis: number; eps: number }> = {
  name: 'layerNorm',
  infer: (inputs, { axis }) => {
    requireType(inputs, 'float32', 'float16');
    const [x, ...affine] = inputs;
    const normalised = x.shape.slice(axis);
    for (const { shape } of affine) {
      if (!sameShape(shape, normalised)) throw new Error(`weight and bias need shape [${normalised.join(', ')}]`);
    }
    const statistics = { type: 'float32' as const, shape: x.shape.map((size, index) => (index < axis ? size : 1)) };
    return [x, statistics, statistics];
  },
  emit: (graph, { attributes: { axis, eps }, inputs, outputs }) =>
    graph.node('LayerNormalization', inputs, outputs, { axis: { int: axis }, epsilon: { float: eps } }),
  gradient: (context, [g, gMean, gInverse]) => {
    const { inputs, outputs, wanted } = context;
    const [gX, ...gAffine] = g ? layerNormGradient(context, g) : inputs.map(() => null);
    if ((!gMean && !gInverse) || !wanted(0)) return [gX, ...gAffine];
    const [, average, inverse] = outputs;
    // d (v + eps)^-1/2 / dv = -1/2 (v + eps)^-3/2
    const gVariance = gInverse && mul(gInverse, mul(mul(square(inverse), inverse), -0.5));
    const centred = sub(inputs[0], average);
    return [withStatistics(gX, centred, elementCount(inputs[1].shape), { gMean, gVariance }), ...gAffine];
  },
};

function layerNormGradient(
  { inputs: [x, weight, bias], outputs: [, average, inverseDeviation], wanted }: GradientContext<unknown>,
  g: Value,
): readonly (Value | null)[] {
  // As rows, and divided by the deviation first: seven passes over memory for all three gradients together.
  const columns = elementCount(weight.shape);
  const rows = (value: Value): Value => reshape(value, [-1, columns]);
  const inverse = reshape(inverseDeviation, [-1, 1]);
  const centred = sub(rows(x), reshape(average, [-1, 1]));
  const scaled = mul(rows(g), inverse);
  const tilted = mul(scaled, centred);
  const inner = (): Value => {
    const weights = reshape(mul(weight, 1 / columns), [1, columns]);
    // One row times all rows takes less than half the time of all rows times one column.
    const weighed = (value: Value): Value => reshape(matmul(weights, value, { transposeB: true }), inverse.shape);
    const tilt = mul(weighed(tilted), square(inverse)); // [rows, 1]
    return reshape(sub(mul(scaled, rows(weight)), add(mul(centred, tilt), weighed(scaled))), x.shape);
  };
  const summed = (value: Value): Value => reshape(sum(value, [0]), weight.shape);
  const gradients = [wanted(0) ? inner() : null, wanted(1) ? summed(tilted) : null];
  return bias ? [...gradients, wanted(2) ? summed(rows(g)) : null] : gradients;
}

/**
 * Layer normalisation (Ba et al. 2016) over the last `axes` axes: zero mean and unit (biased) variance, then weight and
 * bias of the normalised shape.
 * @param options.eps added to the variance; 1e-5 by default
 * @param options.axes how many trailing axes are normalised together; 1 by default
 */
export function layerNorm(
  x: Value,
  weight: Value | null,
  bias: Value | null,
  options: { readonly eps?: number; readonly axes?: number } = {},
): Value {
  const { eps = 1e-5, axes = 1 } = options;
  const axis = axisOf('layerNorm', x, -axes);
  const shape = x.shape.slice(axis);
  const scale = weight ?? constant(new Float32Array(elementCount(shape)).fill(1), shape, x.type);
  return applyAll(layerNormOperator, bias ? [x, scale, bias] : [x, scale], { axis, eps })[0];
}
