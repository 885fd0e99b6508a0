import { apply, naming, type Operator } from '../operator.js';
import { elementCount, type Value } from '../value.js';
import { requireType } from './broadcast.js';
import {
  type ConvolutionGeometry,
  type ConvolutionOptions,
  checkGeometry,
  convolvedSize,
  geometryAttributes,
  resolveGeometry,
} from './convolutionGeometry.js';
import { convolutionWeightGradient } from './convolutionWeightGradient.js';
import { permute, reshape } from './layout.js';
import { sum } from './reduction.js';
import { reverse } from './reverse.js';
import { transposedConvolution } from './transposedConvolution.js';

export const convolutionOperator: Operator<ConvolutionGeometry> = {
  name: 'convolution',
  infer: (inputs, geometry) => {
    requireType(inputs, 'float32', 'float16');
    const [x, weight, bias] = inputs;
    checkGeometry(geometry);
    const rank = weight.shape.length;
    if (x.shape.length !== rank) throw new Error(`the input needs ${rank} axes like the weight`);
    const { groups } = geometry;
    const [outChannels, groupChannels, ...kernel] = weight.shape;
    if (x.shape[1] !== groupChannels * groups) {
      throw new Error(`${x.shape[1]} channels, but the weight reads ${groupChannels} in ${groups} groups`);
    }
    if (outChannels % groups !== 0)
      throw new Error(`${outChannels} output channels do not split into ${groups} groups`);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
      throw new Error(`the bias needs shape [${outChannels}]`);
    }
    const places = kernel.map((size, axis) => {
      const own = {
        stride: geometry.stride[axis],
        padding: geometry.padding[axis],
        dilation: geometry.dilation[axis],
      };
      const count = convolvedSize(x.shape[axis + 2], size, own);
      if (count < 1) throw new Error(`the kernel is larger than the padded input along axis ${axis + 2}`);
      return count;
    });
    return [{ type: x.type, shape: [x.shape[0], outChannels, ...places] }];
  },
  emit: (graph, { attributes, inputs, outputs, inputTypes: [, weight] }) =>
    graph.node('Conv', inputs, outputs, geometryAttributes(attributes, weight.shape.slice(2))),
  gradient: ({ attributes, inputs: [x, weight, bias], wanted }, [g]) => {
    const gradients = [
      wanted(0) ? inputGradient(x, weight, g!, attributes) : null,
      wanted(1) ? convolutionWeightGradient(x, g!, weight.shape.slice(2), attributes) : null,
    ];
    const reduced = g!.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    return bias ? [...gradients, wanted(2) ? sum(g!, reduced) : null] : gradients;
  },
};

/** The output's gradient spread back over the input: with stride 1 a convolution with the turned kernel is fastest. */
function inputGradient(x: Value, weight: Value, g: Value, geometry: ConvolutionGeometry): Value {
  const kernel = weight.shape.slice(2);
  const padding = kernel.map((size, axis) => geometry.dilation[axis] * (size - 1) - geometry.padding[axis]);
  if (geometry.stride.every((step) => step === 1) && padding.every((amount) => amount >= 0)) {
    return convolution(g, turnedKernel(weight, geometry.groups), null, { ...geometry, padding });
  }
  const outputPadding = kernel.map((size, axis) => {
    const { stride, dilation } = geometry;
    const least = (g.shape[axis + 2] - 1) * stride[axis] - 2 * geometry.padding[axis] + dilation[axis] * (size - 1) + 1;
    return x.shape[axis + 2] - least;
  });
  return transposedConvolution(g, weight, null, { ...geometry, outputPadding });
}

/** The kernel turned by half a turn with its channels swapped: [O, C/G, ...k] -> [C, O/G, ...k]. */
function turnedKernel(weight: Value, groups: number): Value {
  const [outChannels, groupChannels, ...kernel] = weight.shape;
  const spatial = kernel.map((_, axis) => axis + 2);
  const split = reshape(weight, [groups, outChannels / groups, groupChannels, ...kernel]);
  const swapped =
    groups === 1
      ? permute(weight, [1, 0, ...spatial])
      : reshape(permute(split, [0, 2, 1, ...spatial.map((axis) => axis + 1)]), [
          groups * groupChannels,
          outChannels / groups,
          ...kernel,
        ]);
  return elementCount(kernel) === 1 ? swapped : reverse(swapped, spatial);
}

/**
 * Convolution (cross-correlation, as in PyTorch) in one or two dimensions, by the weight's rank:
 * `[B, C, ...size] -> [B, O, ...places]`.
 * @param weight [O, C / groups, ...kernel]
 * @param bias [O]
 * @param options numbers, or one for each spatial axis; padding is zeros on both sides
 */
export function convolution(
  x: Value,
  weight: Value,
  bias: Value | null = null,
  options: ConvolutionOptions = {},
): Value {
  const geometry = naming('convolution', [x, weight], () => resolveGeometry(options, weight.shape.length - 2));
  return apply(convolutionOperator, bias ? [x, weight, bias] : [x, weight], geometry);
}
