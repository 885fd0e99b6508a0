import {
  add,
  concat,
  constant,
  div,
  max,
  maximum,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Value,
} from '../../engine/index.js';
import type { CandidateThings } from './candidateThings.js';
import { type TermGroup, termsOf } from './readTerms.js';
import { weighedChannels } from './weighedChannels.js';

/**
 * What of a group of terms a thing lacks or has though they are ruled out, 0 to -1 each: [B, 1, h, w].
 * @param weights what each term of the group counts; 1 when left out
 */
export function unmet(truths: Value, terms: Value, group: TermGroup, weights?: readonly number[]): Value {
  const weighed = (isRuledOut: boolean): Value => {
    const said = termsOf(terms, group, isRuledOut);
    return weights ? mul(said, constant([...weights], [1, weights.length])) : said;
  };
  const [asked, ruledOut] = [weighed(false), weighed(true)];
  const all = reshape(sum(asked, [1]), [asked.shape[0], 1, 1, 1]);
  return sub(weighedChannels(truths, sub(asked, ruledOut)), all);
}

/**
 * Whether a thing has more of something than all others, 0 to 1.
 * @param sharpness what it has less than the best counts so many times as much
 */
export function isFirst(value: Value, things: Value, isCandidate: Value, sharpness: number): Value {
  // Half a thing counts as one: what is hardly there is not the best.
  const elsewhere = mul(relu(sub(1, mul(things, 2))), 20);
  const best = max(sub(value, elsewhere), [2, 3], { keep: true });
  return mul(relu(sub(1, mul(relu(sub(best, value)), sharpness))), isCandidate);
}

/** Whether things are large and small beside the mean of the others: [B, 2, h, w]. */
export function sizeTruths({ size, things }: CandidateThings): Value {
  const count = sum(things, [2, 3], { keep: true });
  const total = sum(mul(size, things), [2, 3], { keep: true });
  const beyond = sub(size, div(sub(total, size), maximum(sub(count, 1), 0.1))); // logarithm of how many times as large
  return concat(
    [beyond, neg(beyond)].map((more) => sigmoid(mul(sub(more, 0.4), 6))),
    1,
  );
}

/** Whether things have each of the picks: [B, 35, h, w]. */
export function pickTruths({ rank, box, size, things }: CandidateThings, isCandidate: Value): Value {
  const [across, down] = [0, 1].map((axis) => slice(box, 1, axis, 1));
  const centrality = neg(sqrt(add(add(square(across), square(down)), 1e-4)));
  const firsts = [size, neg(size), centrality].map((value) => isFirst(value, things, isCandidate, 12));
  return concat([rank, ...firsts], 1);
}

/** Whether things are the second and third largest, the second and third smallest: [B, 4, h, w]. */
export function sizeRankTruths({ size, things }: CandidateThings, isCandidate: Value): Value {
  const ranked = [size, neg(size)].flatMap((value) => {
    let rest = things;
    const firsts = [1, 2, 3].map(() => {
      const first = isFirst(value, rest, isCandidate, 12);
      rest = mul(rest, sub(1, first));
      return first;
    });
    return firsts.slice(1);
  });
  return concat(ranked, 1);
}
