import { z } from 'zod';
import {
  add,
  clamp,
  concat,
  embedding,
  gelu,
  hardSigmoid,
  hardSwish,
  linear,
  logSoftmax,
  matmul,
  mul,
  pad,
  permute,
  relu,
  reshape,
  roll,
  sigmoid,
  slice,
  softmax,
  softsign,
  sub,
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
  linear: ofX((x, one) => linear(x, one.input('weight'), one.has('bias') ? one.input('bias') : null)),
  softmax: ofX((x, one) => softmax(x, axis(one))),
  log_softmax: ofX((x, one) => logSoftmax(x, axis(one))),
  masked_softmax: ofX((x, one) => {
    const closed = mul(sub(1, one.input('mask')), one.argument('value', z.number()));
    return softmax(add(x, closed), -1);
  }),
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
