import {
  add,
  averagePool,
  cast,
  concat,
  constant,
  div,
  embedding,
  expand,
  gelu,
  greater,
  layer,
  log,
  matmul,
  max,
  maxPool,
  mul,
  permute,
  reshape,
  type Scope,
  sigmoid,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
  type Value,
  zeros,
} from '../../engine/index.js';
import { convolutionLayer, linearLayer } from '../../nn/index.js';
import { foregroundMargin } from './foregroundMargin.js';
import type { Words } from './pixelWordAttention.js';
import { queriedWords } from './queriedWords.js';

/** Sides, in cells of the map, of the neighbourhoods whose share of candidates tells large from small. */
const neighbourhoods = [5, 11, 21];

/** Factor of the logits in what counts as a candidate. */
const sharpness = 3;

/** Width of the selection's own vectors of words. */
const wordWidth = 64;

/** Queries that read the sentence: one may find the place, another the size, another the number. */
const queries = 4;

/** The sentence as the selection reads it. */
export interface SelectionWords extends Words {
  /** int64 [B, L] */
  readonly ids: Value;
  readonly vocabularySize: number;
}

/**
 * What the sentence asks for: attention of a few learned queries over the words -> [B, width]. Each word is what the text
 * encoder says of it and a vector of its own: an encoder that learns what things look like soon makes "left" and "right"
 * nearly the same.
 */
const askedFor = layer((scope: Scope, { states, mask, ids, vocabularySize }: SelectionWords, width: number): Value => {
  const table = scope.parameter('word_embeddings', [vocabularySize, wordWidth], {
    kind: 'normal',
    standardDeviation: 1,
  });
  const words = concat([states, embedding(table, ids)], 2); // [B, L, Ct + wordWidth]
  return gelu(linearLayer(scope.child('proj'), queriedWords(scope, words, mask, queries), { width }));
});

/** Sum of all that comes before each place, its own half included: a matrix that a line [.., size] is multiplied by. */
function halfSums(size: number): Value {
  const data = new Float32Array(size * size);
  for (let from = 0; from < size; from++) {
    for (let to = from; to < size; to++) data[from * size + to] = from === to ? 0.5 : 1;
  }
  return constant(data, [size, size]);
}

/** Tells the first few of many apart. */
const logarithm = (share: Value): Value => mul(log(add(share, 0.01)), 0.5);

/**
 * Where each place of a line lies, by itself and among the candidates: coordinate, coordinate in deviations from the
 * candidates' mean, share of the candidates before it, and the logarithms of both shares, which tell the first few apart.
 * @param mass candidates of each place [B, 1, 1, size]
 * @returns [B, 5, 1, size]
 */
export function placesAlong(mass: Value): Value {
  const size = mass.shape[3];
  const coordinates = Float32Array.from({ length: size }, (_, at) => ((at + 0.5) / size) * 2 - 1);
  const at = constant(coordinates, [1, 1, 1, size]);
  const total = add(sum(mass, [3], { keep: true }), 0.5); // [B, 1, 1, 1]
  const average = (value: Value): Value => div(sum(mul(mass, value), [3], { keep: true }), total);
  const fromMean = sub(at, average(at));
  const inDeviations = tanh(div(fromMean, mul(sqrt(add(average(square(fromMean)), 1e-3)), 2)));
  const before = div(matmul(mass, halfSums(size)), total); // [B, 1, 1, size], 0 .. 1
  return concat([expand(at, before.shape), inDeviations, before, logarithm(before), logarithm(sub(1, before))], 1);
}

/** Rounds in which what one cell of a candidate knows reaches the others, a cell a round. */
const rounds = 20;

/**
 * The largest value among the cells of the same connected candidate (within as many cells as there are rounds), so that a
 * thing is chosen as a whole.
 * @param values of at least 0 [B, C, h, w]
 * @param isCandidate 1 or 0 [B, 1, h, w]
 */
export function largestOfCandidate(values: Value, isCandidate: Value): Value {
  let largest = mul(values, isCandidate);
  for (let round = 0; round < rounds; round++) {
    largest = mul(maxPool(largest, { kernel: 3, stride: 1, padding: 1 }), isCandidate);
  }
  return largest;
}

/**
 * Chooses among what the decoder found (this project's own, for any model): "the leftmost", "the second from the top",
 * "the largest" are told by where a candidate lies relative to the others, which no local feature knows. The decoder's
 * logits say how much each cell is a candidate; each cell then sees its place among all candidates along both axes, what
 * the whole candidate that it belongs to leaves before and behind it, and the share of candidates around it, and a small
 * network that the sentence modulates (FiLM, Perez et al. 2018) raises or lowers it. It begins at nothing.
 * @param logits of the decoder [B, 2, h, w]; no gradient reaches them through the candidates
 * @returns logits to add [B, 2, h, w]
 */
export const candidateSelection = layer(
  (scope: Scope, logits: Value, words: SelectionWords, { width }: { readonly width: number }): Value => {
    const [batch] = logits.shape;
    const found = stopGradient(foregroundMargin(logits)); // [B, 1, h, w]
    // Sharpened, so that a background which is nearly sure does not outweigh a few small things.
    const candidates = sigmoid(mul(found, sharpness));
    const across = placesAlong(sum(candidates, [2], { keep: true })); // [B, 5, 1, w]
    const down = placesAlong(permute(sum(candidates, [3], { keep: true }), [0, 1, 3, 2])); // [B, 5, 1, h]
    const around = neighbourhoods.map((kernel) => {
      const share = averagePool(candidates, { kernel, stride: 1, padding: Math.floor(kernel / 2) });
      return div(share, add(max(share, [2, 3], { keep: true }), 1e-3));
    });
    // Shares of the candidates before a cell and behind it; of a whole candidate, how much it leaves before and behind.
    const shareAcross = slice(across, 1, 2, 1); // [B, 1, 1, w]
    const shareDown = permute(slice(down, 1, 2, 1), [0, 1, 3, 2]); // [B, 1, h, 1]
    const shares = [shareAcross, sub(1, shareAcross), shareDown, sub(1, shareDown)];
    const isCandidate = cast(greater(found, 0), 'float32');
    const spread = shares.map((share) => expand(share, candidates.shape)); // [B, 1, h, w] each
    const whole = largestOfCandidate(concat([...spread, ...around], 1), isCandidate); // [B, 7, h, w]
    const left = sub(1, slice(whole, 1, 0, 4));
    const largest = slice(whole, 1, 4, around.length);
    const local = concat([candidates, tanh(mul(found, 0.25)), left, logarithm(left), largest], 1); // [B, 13, h, w]
    const amount = log(add(sum(candidates, [2, 3]), 1)); // [B, 1]

    const sentence = concat([askedFor(scope.child('asked'), words, 2 * width), mul(amount, 0.2)], 1);
    const modulated = (name: string, x: Value): Value => {
      const both = linearLayer(scope.child(name), sentence, { width: 2 * width });
      const part = (which: number): Value => reshape(slice(both, 1, which * width, width), [batch, width, 1, 1]);
      return gelu(add(mul(x, add(part(0), 1)), part(1)));
    };
    const pointwise = (name: string, x: Value, bias: boolean): Value =>
      convolutionLayer(scope.child(name), x, { width, kernel: 1, padding: 0, bias });
    const vertical = permute(pointwise('down', down, false), [0, 1, 3, 2]); // [B, width, h, 1]
    const seen = add(add(pointwise('local', local, true), pointwise('across', across, false)), vertical);
    const hidden = modulated('film1', seen); // [B, width, h, w]
    const decided = modulated('film2', pointwise('mix', hidden, true));
    return convolutionLayer(scope.child('choice'), decided, {
      width: 2,
      kernel: 1,
      padding: 0,
      bias: false,
      weights: zeros,
    });
  },
);
