import {
  add,
  cast,
  greater,
  minimum,
  mul,
  reshape,
  sigmoid,
  slice,
  stopGradient,
  sub,
  sum,
  type Value,
} from '../../engine/index.js';
import type { Candidates, CandidateThings } from './candidateThings.js';
import { placeTruths } from './placeTruths.js';
import { readRelations, termsOf } from './readTerms.js';
import type { Anchors } from './relationTruths.js';
import type { SentenceReading } from './sentenceReading.js';
import { pickTruths, sizeTruths, unmet } from './thingTruths.js';
import { weighedChannels } from './weighedChannels.js';

/** Cells that have so much of the anchors' classes are surely theirs. */
const surelyAnchor = 0.4;

/** Logits from no share to all of it, and what not being as asked costs: nothing is left then. */
const weight = 12;

/** What may be measured against. */
export interface AnchorCandidates extends Candidates {
  /** How much cells are of the anchors' classes, 0 to 1 [B, 1, h, w]. */
  readonly share: Value;
}

/**
 * Where the classes lie that a sentence was read to measure against.
 * @param classes shares of the classes [B, classes, h, w]
 */
export function anchorCandidates(classes: Value, { anchors }: SentenceReading): AnchorCandidates {
  const share = weighedChannels(classes, sigmoid(anchors)); // [B, 1, h, w], 0 .. 1
  const found = mul(sub(stopGradient(share), surelyAnchor), weight);
  return { share, found, isCandidate: cast(greater(found, 0), 'float32') };
}

/**
 * "The ship next to the *longest bridge*": the things of the anchors' classes that are as the sentence says.
 * @param counted the candidates as things
 */
export function anchorsAsRead(
  { share, found, isCandidate }: AnchorCandidates,
  counted: CandidateThings,
  { anchorTerms, terms }: SentenceReading,
): Anchors {
  // Between two things both have their own: what is read of them does not say which has what.
  const [batch] = share.shape;
  const isBetween = slice(termsOf(sigmoid(terms), 'relations', false), 1, readRelations.indexOf('between'), 1); // [B, 1]
  const asked = mul(sigmoid(anchorTerms), sub(1, isBetween)); // [B, terms]
  const lost = add(
    add(unmet(placeTruths(counted.box), asked, 'places'), unmet(sizeTruths(counted), asked, 'sizes')),
    unmet(pickTruths(counted, isCandidate), asked, 'picks'),
  );
  const isAnchor = cast(greater(add(found, mul(lost, weight)), 0), 'float32');
  const told = (['places', 'sizes', 'picks'] as const).map((group) => sum(termsOf(asked, group, false), [1]));
  const isTold = reshape(minimum(told.reduce(add), 1), [batch, 1, 1, 1]);
  return { share: mul(share, isAnchor), counted, isAnchor, isTold };
}
