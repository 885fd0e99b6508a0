import {
  add,
  cast,
  gelu,
  layer,
  matmul,
  mul,
  permute,
  relu,
  reshape,
  type Scope,
  softmax,
  standardise,
  sub,
  tanh,
  type Value,
  zeros,
} from '../../engine/index.js';
import { linearLayer, pointwiseLayer } from '../../nn/index.js';

/** The words of a sentence as the fusion reads them. */
export interface Words {
  /** [B, L, Ct] */
  readonly states: Value;
  /** [B, L, 1], 1 for words and 0 for padding */
  readonly mask: Value;
}

/**
 * Attention of every pixel over the words (LAVT, section 3.2): [B, N, C] -> [B, N, C].
 * The logits are scaled by the full width C, not by that of a head.
 */
const imageLanguageAttention = layer((scope: Scope, x: Value, words: Words, heads: number): Value => {
  const [batch, positions, width] = x.shape;
  const length = words.states.shape[1];
  const headWidth = width / heads;
  const part = (name: string) => scope.child(name).child('0');
  const mask = cast(words.mask, 'float32');

  const query = standardise(pointwiseLayer(part('f_query'), x, { width }), { axis: 1 }); // InstanceNorm over positions
  const key = mul(pointwiseLayer(part('f_key'), words.states, { width }), mask); // [B, L, C]
  const value = mul(pointwiseLayer(part('f_value'), words.states, { width }), mask);

  const toHeads = (tokens: Value, count: number) =>
    permute(reshape(tokens, [batch, count, heads, headWidth]), [0, 2, 1, 3]); // [B, K, count, C / K]
  const hidden = reshape(mul(sub(mask, 1), 1e4), [batch, 1, 1, length]);
  const logits = add(
    matmul(toHeads(query, positions), toHeads(key, length), { transposeB: true, alpha: width ** -0.5 }),
    hidden,
  ); // [B, K, N, L]
  const attended = matmul(softmax(logits), toHeads(value, length)); // [B, K, N, C / K]
  const joined = reshape(permute(attended, [0, 2, 1, 3]), [batch, positions, width]);
  return standardise(pointwiseLayer(part('W'), joined, { width }), { axis: 1 });
});

/**
 * Pixel-word attention module (PWAM; LAVT, section 3.2): what the sentence means at every pixel.
 * @param x [B, N, C]
 * @returns mixed: the fused feature [B, N, C]; language: the attention's own result [B, N, C]
 */
export const pixelWordAttention = layer(
  (scope: Scope, x: Value, words: Words, heads: number): { mixed: Value; language: Value } => {
    const width = x.shape[2];
    const visual = gelu(pointwiseLayer(scope.child('vis_project').child('0'), x, { width }));
    const language = imageLanguageAttention(scope.child('image_lang_att'), x, words, heads);
    const product = mul(visual, language);
    return { mixed: gelu(pointwiseLayer(scope.child('project_mm').child('0'), product, { width })), language };
  },
);

/**
 * Language gate (LAVT, section 3.3): tanh(W2 relu(W1 r)) decides how much of r the next stage sees; times r.
 * @param options.closed it begins closed, so that what is fresh changes nothing at first
 */
export const gated = layer((scope: Scope, r: Value, { closed = false }: { closed?: boolean } = {}): Value => {
  const width = r.shape[r.shape.length - 1];
  const hidden = relu(linearLayer(scope.child('0'), r, { width, bias: false }));
  const last = closed ? { width, bias: false, weights: zeros } : { width, bias: false };
  return mul(tanh(linearLayer(scope.child('2'), hidden, last)), r);
});
