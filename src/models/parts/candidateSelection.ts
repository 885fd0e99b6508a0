import {
  add,
  averagePool,
  cast,
  concat,
  div,
  expand,
  greater,
  layer,
  log,
  max,
  mul,
  type Scope,
  sigmoid,
  slice,
  softmax,
  stopGradient,
  sub,
  sum,
  tanh,
  type Value,
  zeros,
} from '../../engine/index.js';
import { convolutionLayer, linearLayer } from '../../nn/index.js';
import { anchorCandidates } from './anchorsAsRead.js';
import { candidateColours } from './candidateColours.js';
import { type CandidateThings, thingsOfEach } from './candidateThings.js';
import { choiceAsRead } from './choiceAsRead.js';
import { colourAskedFor } from './colourAskedFor.js';
import { foregroundMargin, opposedLogits } from './foregroundMargin.js';
import { largestOfCandidate } from './largestOfCandidate.js';
import { logarithm, placesAlongAxes } from './placesAlong.js';
import { askedFor, type ReadWords, readWords, type SelectionWords } from './selectionWords.js';
import { sentenceModulation } from './sentenceModulation.js';
import { type SentenceReading, termsOfOnePhrase } from './sentenceReading.js';
import { unmet } from './thingTruths.js';
import { weighedChannels } from './weighedChannels.js';

/** Sides, in cells of the map, of the neighbourhoods whose share of candidates tells large from small. */
const neighbourhoods = [5, 11, 21];

/** Factor of the logits in what counts as a candidate. */
const sharpness = 3;

/** What having the asked rank counts for in the logits before training. */
const askedWeight = 8;

/** What not having the asked colour costs in the logits: as much as candidates are sure of, since colours are told roughly. */
const colourWeight = 6;

/**
 * How much each thing has the rank that the sentence asks for, more than any other: every word votes, by its own vector,
 * for ranks from sides ("third" for one from all sides, "left" for all from one), and the softmax of the votes says which
 * one counts. A sentence without votes asks for none.
 * @param rank [B, sides ranks, h, w]
 * @returns [B, 1, h, w]
 */
const rankAskedFor = layer((scope: Scope, rank: Value, { own, mask }: ReadWords): Value => {
  const count = rank.shape[1];
  const votes = linearLayer(scope.child('votes'), own, { width: count, weights: zeros, bias: false }); // [B, L, count]
  const shares = softmax(sum(mul(votes, mask), [1]), 1); // [B, count]
  return weighedChannels(rank, sub(shares, 1 / count));
});

/** What each cell knows of the thing that it belongs to: its features [B, 40, h, w] and whether it has the asked rank. */
function thingsTold(
  scope: Scope,
  { rank, box, amount, size }: CandidateThings,
  read: ReadWords,
): { features: Value; askedRank: Value } {
  const askedRank = rankAskedFor(scope.child('rank'), rank, read); // [B, 1, h, w]
  return { features: concat([rank, box, expand(mul(amount, 0.2), size.shape), askedRank], 1), askedRank };
}

/** What candidates lose that have not the colour which the sentence asks for, in logits: -6 to 0 [B, 1, h, w]. */
function lossOfOtherColours(scope: Scope, found: Value, colours: Value, read: ReadWords, asRead: AsRead | null): Value {
  const isCandidate = cast(greater(found, 0), 'float32');
  const shares = candidateColours(scope, colours, isCandidate); // [B, 12, h, w]
  const missing = asRead
    ? unmet(shares, termsOfOnePhrase(asRead.reading), 'colours')
    : colourAskedFor(scope, shares, read);
  return mul(missing, colourWeight);
}

export interface SelectionSettings {
  readonly width: number;
  /** Candidates are counted as things, too. */
  readonly things?: boolean;
}

/** A sentence as it was read, and where what it may be about lies. */
export interface AsRead {
  readonly reading: SentenceReading;
  /** Shares of the classes of the category prior [B, classes, h, w]. */
  readonly classes: Value;
}

/** What the selection chooses among. */
export interface SelectionInputs {
  /** Logits of the decoder [B, 2, h, w]; no gradient reaches them through the candidates. */
  readonly logits: Value;
  readonly words: SelectionWords;
  /** The picture's colours [B, 3, h, w]: candidates of others than the asked one are none; null for a selection that sees none. */
  readonly colours: Value | null;
  /** What the sentence was read to ask for; null for a selection that goes by what it has learnt alone. */
  readonly asRead: AsRead | null;
}

/**
 * Chooses among what the decoder found (this project's own, for any model): "the leftmost", "the second from the top",
 * "the largest" are told by where a candidate lies relative to the others, which no local feature knows. The decoder's
 * logits say how much each cell is a candidate; each cell then sees its place among all candidates along both axes, what
 * the whole candidate that it belongs to leaves before and behind it, and the share of candidates around it, and a small
 * network that the sentence modulates (FiLM, Perez et al. 2018) raises or lowers it. It begins at nothing.
 * @returns logits to add [B, 2, h, w]
 */
export const candidateSelection = layer(
  (scope: Scope, { logits, words, colours, asRead }: SelectionInputs, { width, things }: SelectionSettings): Value => {
    const read = readWords(scope.child('asked'), words);
    const decoded = stopGradient(foregroundMargin(logits)); // [B, 1, h, w]
    const lost = colours ? lossOfOtherColours(scope.child('colour'), decoded, colours, read, asRead) : null;
    // "The leftmost red car" is the leftmost of the red ones.
    const found = lost ? add(decoded, stopGradient(lost)) : decoded;
    // Sharpened, so that a background which is nearly sure does not outweigh a few small things.
    const candidates = sigmoid(mul(found, sharpness));
    const { across, down } = placesAlongAxes(candidates); // [B, 5, 1, w] and [B, 5, h, 1]
    const around = neighbourhoods.map((kernel) => {
      const share = averagePool(candidates, { kernel, stride: 1, padding: Math.floor(kernel / 2) });
      return div(share, add(max(share, [2, 3], { keep: true }), 1e-3));
    });
    // Shares of the candidates before a cell and behind it; of a whole candidate, how much it leaves before and behind.
    const shareAcross = slice(across, 1, 2, 1); // [B, 1, 1, w]
    const shareDown = slice(down, 1, 2, 1); // [B, 1, h, 1]
    const shares = [shareAcross, sub(1, shareAcross), shareDown, sub(1, shareDown)];
    const isCandidate = cast(greater(found, 0), 'float32');
    const spread = shares.map((share) => expand(share, candidates.shape)); // [B, 1, h, w] each
    const whole = largestOfCandidate(concat([...spread, ...around], 1), isCandidate); // [B, 7, h, w]
    const left = sub(1, slice(whole, 1, 0, 4));
    const largest = slice(whole, 1, 4, around.length);
    const local = concat([candidates, tanh(mul(found, 0.25)), left, logarithm(left), largest], 1); // [B, 13, h, w]
    const amount = log(add(sum(candidates, [2, 3]), 1)); // [B, 1]

    const sentence = concat([askedFor(scope.child('asked'), read, 2 * width), mul(amount, 0.2)], 1);
    const pointwise = (name: string, x: Value, bias: boolean): Value =>
      convolutionLayer(scope.child(name), x, { width, kernel: 1, padding: 0, bias });
    const vertical = pointwise('down', down, false); // [B, width, h, 1]
    const starting = { width, kernel: 1, padding: 0, bias: false, weights: zeros };
    const placed = add(add(pointwise('local', local, true), pointwise('across', across, false)), vertical);
    const anchors = asRead ? anchorCandidates(asRead.classes, asRead.reading) : null;
    const counted = things || anchors ? thingsOfEach([{ found, isCandidate }, ...(anchors ? [anchors] : [])]) : [];
    const told = things ? thingsTold(scope, counted[0], read) : null;
    const seen = told ? add(placed, convolutionLayer(scope.child('more'), told.features, starting)) : placed;
    const hidden = sentenceModulation(scope.child('film1'), seen, sentence, 1); // [B, width, h, w]
    const decided = sentenceModulation(scope.child('film2'), pointwise('mix', hidden, true), sentence, 1);
    const choice = convolutionLayer(scope.child('choice'), decided, { ...starting, width: 2 });
    const margins = lost ? [lost] : []; // [B, 1, h, w] each
    if (told) {
      // "The third from the left" is one of many features, which the sentence picks itself: no narrow layer in between.
      const features = concat([local, told.features], 1); // [B, F, h, w]
      const picked = linearLayer(scope.child('picked'), sentence, { width: features.shape[1], weights: zeros });
      margins.push(weighedChannels(features, picked), mul(told.askedRank, askedWeight));
    }
    if (asRead && anchors) {
      const anchored = { candidates: anchors, counted: counted[1] };
      margins.push(choiceAsRead(scope.child('as_read'), found, counted[0], anchored, asRead.reading));
    }
    return margins.length > 0 ? add(choice, opposedLogits(mul(margins.reduce(add), 0.5))) : choice;
  },
);
