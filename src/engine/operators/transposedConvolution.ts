import { apply, naming, type Operator } from '../operator.js';
import type { Value } from '../value.js';
import { requireType } from './broadcast.js';
import { convolution } from './convolution.js';
import {
  type ConvolutionGeometry,
  type ConvolutionOptions,
  checkGeometry,
  geometryAttributes,
  type PerAxis,
  perAxis,
  resolveGeometry,
} from './convolutionGeometry.js';
import { convolutionWeightGradient } from './convolutionWeightGradient.js';
import { sum } from './reduction.js';

export interface TransposedGeometry extends ConvolutionGeometry {
  /** Elements added at the end of each axis, where several input sizes give one output size. */
  readonly outputPadding: readonly number[];
}

export const transposedConvolutionOperator: Operator<TransposedGeometry> = {
  name: 'transposedConvolution',
  infer: (inputs, geometry) => {
    requireType(inputs, 'float32', 'float16');
    const [x, weight, bias] = inputs;
    checkGeometry(geometry);
    const { groups, stride, padding, dilation, outputPadding } = geometry;
    const [channels, groupChannels, ...kernel] = weight.shape;
    if (x.shape.length !== weight.shape.length)
      throw new Error(`the input needs ${weight.shape.length} axes like the weight`);
    if (x.shape[1] !== channels) throw new Error(`${x.shape[1]} channels, but the weight reads ${channels}`);
    if (channels % groups !== 0) throw new Error(`${channels} channels do not split into ${groups} groups`);
    const outChannels = groupChannels * groups;
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outChannels)) {
      throw new Error(`the bias needs shape [${outChannels}]`);
    }
    const sizes = kernel.map((size, axis) => {
      if (outputPadding[axis] < 0 || outputPadding[axis] >= stride[axis]) {
        throw new Error(`output padding ${outputPadding[axis]} must be smaller than the stride ${stride[axis]}`);
      }
      const span = (x.shape[axis + 2] - 1) * stride[axis] + dilation[axis] * (size - 1) + 1;
      const count = span - 2 * padding[axis] + outputPadding[axis];
      if (count < 1) throw new Error(`padding ${padding[axis]} leaves nothing of axis ${axis + 2}`);
      return count;
    });
    return [{ type: x.type, shape: [x.shape[0], outChannels, ...sizes] }];
  },
  emit: (graph, { attributes, inputs, outputs, inputTypes: [, weight] }) =>
    graph.node('ConvTranspose', inputs, outputs, {
      ...geometryAttributes(attributes, weight.shape.slice(2)),
      output_padding: { ints: attributes.outputPadding },
    }),
  gradient: ({ attributes, inputs: [x, weight, bias], wanted }, [g]) => {
    const { stride, padding, dilation, groups } = attributes;
    const geometry = { stride, padding, dilation, groups };
    const kernel = weight.shape.slice(2);
    const gradients = [
      wanted(0) ? convolution(g!, weight, null, geometry) : null,
      wanted(1) ? convolutionWeightGradient(g!, x, kernel, geometry) : null,
    ];
    const reduced = g!.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    return bias ? [...gradients, wanted(2) ? sum(g!, reduced) : null] : gradients;
  },
};

/**
 * Transposed convolution, the gradient of a convolution with respect to its input, as PyTorch's ConvTranspose:
 * `[B, C, ...size] -> [B, O, ...]`, each size becoming
 * (size - 1) stride - 2 padding + dilation (kernel - 1) + 1 + outputPadding.
 * @param weight [C, O / groups, ...kernel]
 * @param bias [O]
 */
export function transposedConvolution(
  x: Value,
  weight: Value,
  bias: Value | null = null,
  options: ConvolutionOptions & { readonly outputPadding?: PerAxis } = {},
): Value {
  const axes = weight.shape.length - 2;
  const geometry = naming('transposedConvolution', [x, weight], () => ({
    ...resolveGeometry(options, axes),
    outputPadding: perAxis(options.outputPadding ?? 0, axes, 'outputPadding'),
  }));
  return apply(transposedConvolutionOperator, bias ? [x, weight, bias] : [x, weight], geometry);
}
