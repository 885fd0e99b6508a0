import {
  type Protocol,
  type SampleScore,
  type ScoredKind,
  type ScoredSample,
  scoredKinds,
  scoreSample,
  type TargetSize,
  targetSize,
  targetSizes,
} from './sampleScore.js';

/** Scores in percent under their usual names, and how many samples they are of; null where nothing can be averaged. */
export interface Scores {
  readonly samples: number;
  readonly [name: string]: number | null;
}

/** The scores of a protocol, over all samples, by kind and by category (in alphabetical order). */
export interface ScoreResult {
  readonly protocol: Protocol;
  readonly all: Scores;
  readonly kind: Readonly<Record<ScoredKind, Scores>>;
  readonly category: Readonly<Record<string, Scores>>;
}

/** Scores beside those of `ScoreResult`, over samples that have a target. */
export interface TargetScores {
  /** All samples with a target: in `rrsis` a sample without one scores 0 whatever is predicted. */
  readonly targets: Scores;
  readonly size: Readonly<Record<TargetSize, Scores>>;
}

/** Adds up scores sample by sample, so that no mask need be kept. */
export interface Scorer {
  /**
   * Adds a sample and gives its own score.
   * @throws UserError when a mask is damaged or the two sizes differ; nothing is added then.
   */
  add(sample: ScoredSample): SampleScore;
  /** The scores of what was added so far. */
  result(): ScoreResult;
  /** Those over samples with a target, by size too; null without `targetSizes`. */
  targetResult(): TargetScores | null;
  /** Those by what the sentences rest on (in alphabetical order), of the samples that say it. */
  constructResult(): Readonly<Record<string, Scores>>;
}

const thresholds = [0.5, 0.6, 0.7, 0.8, 0.9];

/** The names of a protocol's scores, in the order of a table. */
export const scoreNames: Readonly<Record<Protocol, readonly string[]>> = {
  rrsis: ['mIoU', 'oIoU', ...thresholds.map((threshold) => `Pr@${threshold}`)],
  gres: ['gIoU', 'cIoU', 'N-acc', 'T-acc', ...thresholds.map((threshold) => `Pr@${threshold}`)],
};

/**
 * A scorer of one protocol.
 * @param options.targetSizes whether to keep the scores of samples with a target, by their size; resizes each truth.
 */
export function createScorer(protocol: Protocol, options: { readonly targetSizes?: boolean } = {}): Scorer {
  const all = createTally();
  const kinds: Record<ScoredKind, Tally> = { single: createTally(), multi: createTally(), none: createTally() };
  const categories = new Map<string, Tally>();
  const constructs = new Map<string, Tally>();
  const targets = createTally();
  const sizes: Record<TargetSize, Tally> = { small: createTally(), medium: createTally(), large: createTally() };
  return {
    add(sample) {
      const score = scoreSample(sample, protocol);
      const groups = [all, kinds[sample.kind], tallyOf(categories, sample.category)];
      if (sample.construct !== undefined) groups.push(tallyOf(constructs, sample.construct));
      if (options.targetSizes && sample.kind !== 'none') groups.push(targets, sizes[targetSize(sample.truth)]);
      for (const group of groups) count(group, sample.kind, score);
      return score;
    },
    result: () => ({
      protocol,
      all: scoresOf(all, protocol),
      kind: byName(scoredKinds, (kind) => scoresOf(kinds[kind], protocol)),
      category: alphabetical(categories, protocol),
    }),
    targetResult: () =>
      options.targetSizes
        ? {
            targets: scoresOf(targets, protocol),
            size: byName(targetSizes, (size) => scoresOf(sizes[size], protocol)),
          }
        : null,
    constructResult: () => alphabetical(constructs, protocol),
  };
}

/**
 * Scores predictions against their truths by a protocol.
 * @throws UserError when a mask is damaged or the two of a sample differ in size.
 */
export function score(samples: Iterable<ScoredSample>, protocol: Protocol): ScoreResult {
  const scorer = createScorer(protocol);
  for (const sample of samples) scorer.add(sample);
  return scorer.result();
}

/** What a group of samples adds up to. */
interface Tally {
  samples: number;
  /** Samples with a target, and those of them that were answered. */
  targets: number;
  targetsAnswered: number;
  /** Samples without a target that were rightly left empty. */
  leftEmpty: number;
  iou: number;
  intersectionPx: number;
  unionPx: number;
  /** Samples with a target, or (second list) any, that reach each threshold. */
  readonly targetsReaching: number[];
  readonly reaching: number[];
}

const createTally = (): Tally => ({
  samples: 0,
  targets: 0,
  targetsAnswered: 0,
  leftEmpty: 0,
  iou: 0,
  intersectionPx: 0,
  unionPx: 0,
  targetsReaching: thresholds.map(() => 0),
  reaching: thresholds.map(() => 0),
});

/** The tally of a name, a new one where it has none. */
function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const tally = tallies.get(name) ?? createTally();
  tallies.set(name, tally);
  return tally;
}

const alphabetical = (tallies: Map<string, Tally>, protocol: Protocol): Record<string, Scores> =>
  byName([...tallies.keys()].sort(), (name) => scoresOf(tallyOf(tallies, name), protocol));

function count(tally: Tally, kind: ScoredKind, score: SampleScore): void {
  const hasTarget = kind !== 'none';
  tally.samples++;
  if (hasTarget) tally.targets++;
  if (hasTarget && score.answered) tally.targetsAnswered++;
  if (!hasTarget && !score.answered) tally.leftEmpty++;
  tally.iou += score.iou;
  tally.intersectionPx += score.intersectionPx;
  tally.unionPx += score.unionPx;
  for (const [place, threshold] of thresholds.entries()) {
    if (score.iou < threshold) continue;
    tally.reaching[place]++;
    if (hasTarget) tally.targetsReaching[place]++;
  }
}

const percent = (part: number, whole: number): number | null => (whole === 0 ? null : (100 * part) / whole);

function scoresOf(tally: Tally, protocol: Protocol): Scores {
  const { samples, targets } = tally;
  const mean = percent(tally.iou, samples);
  const overall = percent(tally.intersectionPx, tally.unionPx);
  if (protocol === 'rrsis') {
    const reaching = thresholds.map((threshold, place) => [`Pr@${threshold}`, percent(tally.reaching[place], samples)]);
    return { samples, mIoU: mean, oIoU: overall, ...Object.fromEntries(reaching) };
  }
  const reaching = thresholds.map((threshold, place) => [
    `Pr@${threshold}`,
    percent(tally.targetsReaching[place], targets),
  ]);
  return {
    samples,
    gIoU: mean,
    cIoU: overall,
    'N-acc': percent(tally.leftEmpty, samples - targets),
    'T-acc': percent(tally.targetsAnswered, targets),
    ...Object.fromEntries(reaching),
  };
}

/** A record of values by name; `Object.fromEntries` keeps a category called `__proto__` an ordinary key. */
function byName<Name extends string, Value>(names: readonly Name[], value: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
