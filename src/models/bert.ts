import {
  add,
  addAll,
  attention,
  cast,
  constant,
  dropout,
  embedding,
  gelu,
  layer,
  matmul,
  mul,
  permute,
  reshape,
  type Scope,
  slice,
  softmax,
  sub,
  type Value,
} from '../engine/index.js';
import { layerNormLayer, linearLayer, transformerWeights } from '../nn/index.js';

/** Sizes of a BERT encoder (Devlin et al. 2019). */
export interface BertConfig {
  readonly vocabularySize: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of the feed-forward layers. */
  readonly hiddenWidth: number;
  /** Longest sentence in tokens that positions exist for. */
  readonly maxPositions: number;
  /** Dropout rate of embeddings, attention and outputs. */
  readonly dropout: number;
  /** What the LayerNorms add to the variance; 1e-12 when left out. */
  readonly layerNormEps?: number;
}

const usualEps = 1e-12;

/** Word + position + type embeddings, LayerNorm, dropout: int64 [B, L] -> [B, L, C]. Row 0 of the words learns nothing. */
const embeddings = layer((scope: Scope, ids: Value, config: BertConfig): Value => {
  const [, length] = ids.shape;
  const table = (name: string, rows: number) =>
    scope.child(name).parameter('weight', [rows, config.width], transformerWeights);
  const words = embedding(table('word_embeddings', config.vocabularySize), ids, { padding: 0 }); // [B, L, C]
  const positions = slice(table('position_embeddings', config.maxPositions), 0, 0, length); // [L, C]
  const types = slice(table('token_type_embeddings', 2), 0, 0, 1); // [1, C]
  const summed = addAll([words, positions, types]);
  const normed = layerNormLayer(scope.child('LayerNorm'), summed, config.layerNormEps ?? usualEps);
  return dropout(scope, normed, config.dropout, 'dropout');
});

/** dense, dropout, residual, LayerNorm: the end of both halves of a layer. */
const residualOutput = layer((scope: Scope, x: Value, residual: Value, config: BertConfig): Value => {
  const dense = linearLayer(scope.child('dense'), x, { width: config.width });
  const summed = add(dropout(scope, dense, config.dropout, 'dropout'), residual);
  return layerNormLayer(scope.child('LayerNorm'), summed, config.layerNormEps ?? usualEps);
});

/** Self-attention over the words: [B, L, C] -> [B, L, C]. `bias` [B, 1, 1, L] hides padding. */
const selfAttention = layer((scope: Scope, x: Value, bias: Value, config: BertConfig): Value => {
  const [batch, length, width] = x.shape;
  const headWidth = width / config.heads;
  const project = (name: string) => {
    const projected = linearLayer(scope.child(name), x, { width });
    return permute(reshape(projected, [batch, length, config.heads, headWidth]), [0, 2, 1, 3]); // [B, K, L, C / K]
  };
  const [query, key, value] = ['query', 'key', 'value'].map(project);
  const scale = headWidth ** -0.5;
  const dropsWeights = scope.training && config.dropout > 0;
  const attended = dropsWeights
    ? matmul(
        dropout(scope, softmax(add(matmul(query, key, { transposeB: true, alpha: scale }), bias)), config.dropout),
        value,
      )
    : attention(query, key, value, { scale, bias, fused: !scope.training });
  return reshape(permute(attended, [0, 2, 1, 3]), [batch, length, width]);
});

/** One post-norm layer. */
const bertLayer = layer((scope: Scope, x: Value, bias: Value, config: BertConfig): Value => {
  const attentionScope = scope.child('attention');
  const attended = selfAttention(attentionScope.child('self'), x, bias, config);
  const mixed = residualOutput(attentionScope.child('output'), attended, x, config);
  const hidden = linearLayer(scope.child('intermediate').child('dense'), mixed, { width: config.hiddenWidth });
  return residualOutput(scope.child('output'), gelu(hidden), mixed, config);
});

/**
 * BERT without pooler: the hidden states [B, L, C] after the embeddings and after each layer.
 * @param ids int64 [B, L]
 * @param mask [B, L], 1 for words and 0 for padding (int64 or float32)
 */
export function bert(scope: Scope, ids: Value, mask: Value, config: BertConfig): Value[] {
  const [batch, length] = ids.shape;
  const hidden = sub(constant([1], [1]), cast(mask, 'float32'));
  const bias = reshape(mul(hidden, -10000), [batch, 1, 1, length]);
  const states = [embeddings(scope.child('embeddings'), ids, config)];
  for (let index = 0; index < config.layers; index++) {
    const layerScope = scope.child('encoder').child('layer').child(String(index));
    states.push(bertLayer(layerScope, states[index], bias, config));
  }
  return states;
}
