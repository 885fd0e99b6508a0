import {
  add,
  cast,
  concat,
  greater,
  layer,
  max,
  minimum,
  mul,
  reshape,
  type Scope,
  sigmoid,
  stopGradient,
  sub,
  sum,
  type Value,
  zeros,
} from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';
import { type AnchorCandidates, anchorsAsRead } from './anchorsAsRead.js';
import { type CandidateThings, candidateThings } from './candidateThings.js';
import { placeTruths } from './placeTruths.js';
import { readRelations } from './readTerms.js';
import { relationTruths } from './relationTruths.js';
import { type SentenceReading, termsOfOnePhrase } from './sentenceReading.js';
import { pickTruths, sizeRankTruths, sizeTruths, unmet } from './thingTruths.js';
import { weighedChannels } from './weighedChannels.js';

/** What not being as asked costs in the logits: as much as candidates are sure of. */
const cost = 6;

/** What not being the one that is picked costs: one thing is left of many, whatever they are sure of. */
const pickCost = 12;

/**
 * What relations count beside places, sizes and picks. What a network finds on either side of them is rough, but for which
 * thing is the nearest; the sizes of boxes of cells are rougher still.
 */
const relationWeights: Partial<Record<(typeof readRelations)[number], number>> = {
  nearest: 1,
  farthest: 1,
  larger: 0.25,
  smaller: 0.25,
};
const otherRelationWeight = 0.4;

/** Trained weights count so many times as much: a dozen would take thousands of steps. */
const pace = 5;

/** What is measured against, as it was found and counted. */
export interface FoundAnchors {
  readonly candidates: AnchorCandidates;
  readonly counted: CandidateThings;
}

/**
 * What the reading of a sentence takes from candidates that are not as it asks, in logits: first from those whose places,
 * sizes and relations are others, then, counted anew, from those of the rest that it does not pick: "the second ship from
 * the left by the pier" is the second of those by the pier. The rules stand; what else a term may mean is learnt.
 * @param found logits of the candidates [B, 1, h, w], above 0 where there is one
 * @param counted these candidates as things
 * @returns [B, 1, h, w]
 */
export const choiceAsRead = layer(
  (scope: Scope, found: Value, counted: CandidateThings, anchored: FoundAnchors, reading: SentenceReading): Value => {
    const [batch] = found.shape;
    const terms = termsOfOnePhrase(reading); // [B, terms]
    const isCandidate = cast(greater(found, 0), 'float32');
    const [places, sizes] = [placeTruths(counted.box), sizeTruths(counted)];
    const anchors = anchorsAsRead(anchored.candidates, anchored.counted, reading);
    const relations = relationTruths(anchors, counted, isCandidate);
    // The map does not tell one ship from "another ship", unless it is told which.
    const shared = sum(mul(sigmoid(reading.targets), sigmoid(reading.anchors)), [1]); // [B]
    const isAnother = sub(1, mul(reshape(minimum(shared, 1), [batch, 1, 1, 1]), sub(1, anchors.isTold)));
    // Where nothing is found to measure against, nothing is known of relations.
    const isThere = max(anchors.isAnchor, [2, 3], { keep: true }); // [B, 1, 1, 1]
    const weights = readRelations.map((name) => relationWeights[name] ?? otherRelationWeight);
    const unrelated = mul(unmet(relations, terms, 'relations', weights), mul(isAnother, isThere));
    const tests = mul(add(add(unmet(places, terms, 'places'), unmet(sizes, terms, 'sizes')), unrelated), cost);

    const left = add(found, stopGradient(tests));
    const isLeft = cast(greater(left, 0), 'float32');
    const recounted = candidateThings({ found: left, isCandidate: isLeft });
    const unpicked = add(
      unmet(pickTruths(recounted, isLeft), terms, 'picks'),
      unmet(sizeRankTruths(recounted, isLeft), terms, 'sizeRanks'),
    );
    const picks = mul(unpicked, pickCost);
    const told = concat([relations, recounted.rank, recounted.box, places, sizes], 1); // [B, 74, h, w]
    const learnt = linearLayer(scope.child('learnt'), terms, { width: told.shape[1], weights: zeros, bias: false });
    return add(add(tests, picks), weighedChannels(told, mul(learnt, pace)));
  },
);
