import { add, layer, matmul, mul, permute, reshape, type Scope, softmax, sub, type Value } from '../../engine/index.js';
import { transformerWeights } from '../../nn/index.js';

/**
 * A sentence as a few learned queries read it: attention of each query over the words. Parameter: `query` [C, queries].
 * @param words [B, L, C]
 * @param mask [B, L, 1], 1 for words and 0 for padding
 * @returns what the queries read, beside each other [B, queries C]
 */
export const queriedWords = layer((scope: Scope, words: Value, mask: Value, queries: number): Value => {
  const [batch, , width] = words.shape;
  const query = scope.parameter('query', [width, queries], transformerWeights);
  const hidden = mul(sub(mask, 1), 1e4); // [B, L, 1]
  const weights = softmax(add(matmul(words, query), hidden), 1); // [B, L, Q]
  const read = matmul(permute(weights, [0, 2, 1]), words); // [B, Q, C]
  return reshape(read, [batch, queries * width]);
});
