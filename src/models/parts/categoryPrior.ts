import {
  add,
  layer,
  log,
  maximum,
  mul,
  type Scope,
  sigmoid,
  slice,
  softmax,
  sub,
  type Value,
} from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';
import { categoryHead } from './categoryHead.js';
import { opposedLogits } from './foregroundMargin.js';
import type { Words } from './pixelWordAttention.js';
import { queriedWords } from './queriedWords.js';
import { weighedChannels } from './weighedChannels.js';

/** Queries that read which categories the sentence names: "ships and harbours" has two. */
const queries = 2;

/** Before training a sentence asks for each category with sigmoid(-2), about an eighth. */
const firstLogit = -2;

/** Keeps log-odds within about 4.6. */
const surest = 0.01;

/** Which categories the sentence asks for: attention over the words' states -> [B, classes], 0 to 1 each. */
const categoriesAskedFor = layer((scope: Scope, { states, mask }: Words, classes: number): Value => {
  const read = queriedWords(scope, states, mask, queries);
  return sigmoid(add(linearLayer(scope.child('classes'), read, { width: classes }), firstLogit));
});

/**
 * Where the categories lie that the sentence asks for (this project's own, for any model): a classifier on the trunk's maps
 * names the category of each place, the sentence says which categories count, and the log-odds of their sum are added to the
 * decoder's logits. The classifier learns from everything that is annotated (`loss.categories`), many things a picture;
 * decoder and selection are left with which of them is meant.
 * @param maps of the trunk [B, C_i, H / 2^(i+2), W / 2^(i+2)], finest first
 * @param targets logits of the classes that the sentence was read to mean [B, classes]; null for a model that does not read
 * @returns logits of background and each class [B, 1 + classes, H / 4, W / 4], the shares of the classes
 *   [B, classes, H / 4, W / 4], and logits to add [B, 2, H / 4, W / 4]
 */
export const categoryPrior = layer(
  (
    scope: Scope,
    maps: readonly Value[],
    words: Words,
    classes: number,
    targets: Value | null,
  ): { categories: Value; shares: Value; logits: Value } => {
    const categories = categoryHead(scope.child('head'), maps, classes + 1);
    const shares = slice(softmax(categories, 1), 1, 1, classes); // [B, classes, h, w]
    const learnt = categoriesAskedFor(scope.child('asked'), words, classes); // [B, classes]
    // What was learnt makes up for what the classifier confuses; what the sentence was read to mean is asked for at least.
    const asked = targets ? maximum(learnt, sigmoid(targets)) : learnt;
    const share = weighedChannels(shares, asked); // [B, 1, h, w], 0 .. 1
    const odds = sub(log(add(share, surest)), log(sub(1 + surest, share)));
    const half = mul(odds, scope.parameter('scale', [1], { kind: 'constant', value: 0.5 }));
    return { categories, shares, logits: opposedLogits(half) };
  },
);
