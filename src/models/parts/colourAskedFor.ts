import {
  concat,
  constant,
  layer,
  mul,
  reshape,
  type Scope,
  slice,
  softmax,
  sub,
  sum,
  type Value,
  zeros,
} from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';
import type { ReadWords } from './selectionWords.js';
import { weighedChannels } from './weighedChannels.js';

/** What words have to vote for a colour, in logits, before it counts as much as that none is asked for. */
const doubt = 5;

/**
 * Which colours the sentence asks for and which it rules out ("not red"): every word, in its context, votes for both, and
 * "none" stands against each of both as one choice more.
 * @returns logits of none and each colour [B, 2, 1 + count], those asked for first
 */
export const colourVotes = layer((scope: Scope, { words, mask }: ReadWords, count: number): Value => {
  const [batch] = words.shape;
  const voting = { width: 2 * count, weights: zeros, bias: false };
  const votes = sum(mul(linearLayer(scope.child('votes'), words, voting), mask), [1]); // [B, 2 count]
  const none = constant(new Float32Array(2 * batch), [batch, 2, 1]);
  return concat([none, sub(reshape(votes, [batch, 2, count]), doubt)], 2);
});

/**
 * How far each thing is from having the colours that the sentence asks for and none that it rules out. A sentence without
 * votes asks for none.
 * @param shares of the colours [B, colours, h, w]
 * @returns -1 where a thing has not the asked colour or has one that is ruled out, to 0 [B, 1, h, w]
 */
export const colourAskedFor = layer((scope: Scope, shares: Value, read: ReadWords): Value => {
  const [batch, count] = shares.shape;
  const chosen = slice(softmax(colourVotes(scope, read, count), 2), 2, 1, count); // [B, 2, colours]
  const [asked, ruledOut] = [0, 1].map((which) => reshape(slice(chosen, 1, which, 1), [batch, count]));
  // It begins at nothing: what none of the words has voted for yet is taken off.
  const wanted = reshape(sub(sum(asked, [1]), count / (count + Math.exp(doubt))), [batch, 1, 1, 1]);
  return sub(weighedChannels(shares, sub(asked, ruledOut)), wanted);
});
