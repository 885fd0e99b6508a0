import { z } from 'zod';
import {
  adaptiveAveragePool,
  add,
  batchNorm,
  clamp,
  concat,
  convolution,
  embedding,
  gelu,
  hardSigmoid,
  hardSwish,
  instanceNorm,
  layerNorm,
  linear,
  logSoftmax,
  matmul,
  mul,
  pad,
  permute,
  relu,
  reshape,
  resizeBicubic,
  resizeBilinear,
  resizeNearest,
  roll,
  sigmoid,
  slice,
  softmax,
  softsign,
  tanh,
  type Value,
} from '../../../src/engine/index.js';

/** What the builder of one case sees. */
export interface OperatorCase {
  /** The case's arguments by name; throws when one is missing. */
  argument<Result>(name: string, schema: z.ZodType<Result>): Result;
  /** The case's input `<case>.<name>`; throws when the file has none. */
  input(name: string): Value;
  has(name: string): boolean;
}

type CaseBuilder = (one: OperatorCase) => Record<string, Value>;

const ofX =
  (build: (x: Value, one: OperatorCase) => Value): CaseBuilder =>
  (one) => ({ y: build(one.input('x'), one) });

const axis = (one: OperatorCase): number => one.argument('dim', z.number());

const biasOf = (one: OperatorCase): Value | null => (one.has('bias') ? one.input('bias') : null);
const sizeOf = (one: OperatorCase): [number, number] => one.argument('size', z.tuple([z.number(), z.number()]));
const cornersOf = (one: OperatorCase) => ({ alignCorners: one.argument('align_corners', z.boolean()) });

/** [B, H, W, C] -> [windows, w, w, C], windows row-major within each sample. */
function partitionWindows(x: Value, w: number): Value {
  const [batch, height, width, channels] = x.shape;
  const cut = reshape(x, [batch, height / w, w, width / w, w, channels]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [-1, w, w, channels]);
}

function reverseWindows(x: Value, w: number, height: number, width: number): Value {
  const channels = x.shape[3];
  const batch = x.shape[0] / ((height / w) * (width / w));
  const cut = reshape(x, [batch, height / w, width / w, w, w, channels]);
  return reshape(permute(cut, [0, 1, 3, 2, 4, 5]), [batch, height, width, channels]);
}

/** Swin's patch merging without its norm and linear layer: [B, H W, C] -> [B, H/2 W/2, 4 C]. */
function mergePatches(x: Value, height: number, width: number): Value {
  const [batch, , channels] = x.shape;
  const map = pad(pad(reshape(x, [batch, height, width, channels]), 1, 0, height % 2), 2, 0, width % 2);
  const rows = Math.ceil(height / 2);
  const columns = Math.ceil(width / 2);
  const part = (row: number, column: number) => slice(slice(map, 1, row, rows, 2), 2, column, columns, 2);
  const parts = [part(0, 0), part(1, 0), part(0, 1), part(1, 1)];
  return reshape(concat(parts, 3), [batch, rows * columns, 4 * channels]);
}

/** How each operator of the reference files is made of ours. */
export const operatorCases: Readonly<Record<string, CaseBuilder>> = {
  conv2d: ofX((x, one) => {
    const [stride, padding, groups] = ['stride', 'padding', 'groups'].map((name) => one.argument(name, z.number()));
    return convolution(x, one.input('weight'), biasOf(one), { stride, padding, groups });
  }),
  conv1d: ofX((x, one) => convolution(x, one.input('weight'), biasOf(one))),
  linear: ofX((x, one) => linear(x, one.input('weight'), biasOf(one))),
  batchnorm: (one) => {
    const parameters = {
      weight: one.input('weight'),
      bias: one.input('bias'),
      runningMean: one.input('running_mean'),
      runningVariance: one.input('running_var'),
    };
    const options = { eps: one.argument('eps', z.number()), momentum: one.argument('momentum', z.number()) };
    const trained = batchNorm(one.input('x'), parameters, { ...options, training: true });
    return {
      y_train: trained.y,
      new_running_mean: trained.runningMean,
      new_running_var: trained.runningVariance,
      y_eval: batchNorm(one.input('x'), parameters, { ...options, training: false }).y,
    };
  },
  instancenorm1d: ofX((x, one) => instanceNorm(x, { eps: one.argument('eps', z.number()) })),
  layernorm: ofX((x, one) =>
    layerNorm(x, one.input('weight'), one.input('bias'), { eps: one.argument('eps', z.number()) }),
  ),
  adaptive_avg_pool2d: ofX((x, one) => adaptiveAveragePool(x, sizeOf(one))),
  resize_bilinear: ofX((x, one) => resizeBilinear(x, sizeOf(one), cornersOf(one))),
  resize_bicubic: ofX((x, one) => resizeBicubic(x, sizeOf(one), cornersOf(one))),
  resize_nearest: ofX((x, one) => resizeNearest(x, sizeOf(one))),
  softmax: ofX((x, one) => softmax(x, axis(one))),
  log_softmax: ofX((x, one) => logSoftmax(x, axis(one))),
  // The mask is what is added to the logits: 0, or the value that closes a key.
  masked_softmax: ofX((x, one) => softmax(add(x, one.input('mask')), -1)),
  gelu: ofX((x) => gelu(x)),
  relu: ofX((x) => relu(x)),
  relu6: ofX((x) => clamp(x, 0, 6)),
  hardswish: ofX((x) => hardSwish(x)),
  h_sigmoid: ofX((x) => hardSigmoid(x)),
  softsign: ofX((x) => softsign(x)),
  tanh: ofX((x) => tanh(x)),
  sigmoid: ofX((x) => sigmoid(x)),
  embedding: (one) => ({
    y: embedding(one.input('weight'), one.input('ids'), { padding: one.argument('padding_idx', z.number()) }),
  }),
  matmul: ofX((x, one) => matmul(x, one.input('x2'))),
  mul_broadcast: ofX((x, one) => mul(x, one.input('x2'))),
  roll: ofX((x, one) => {
    const shifts = one.argument('shifts', z.array(z.number()));
    return one.argument('dims', z.array(z.number())).reduce((value, dim, index) => roll(value, dim, shifts[index]), x);
  }),
  window_partition: ofX((x, one) => partitionWindows(x, one.argument('window_size', z.number()))),
  window_reverse: ofX((x, one) => {
    const number = (name: string) => one.argument(name, z.number());
    return reverseWindows(x, number('window_size'), number('height'), number('width'));
  }),
  patch_merge_cat: ofX((x, one) =>
    mergePatches(x, one.argument('height', z.number()), one.argument('width', z.number())),
  ),
};
