import { rleArea } from '../masks/index.js';
import type { Kind, Sample } from './sample.js';

export interface BalanceOptions {
  /** The share of an epoch that each kind shall have, relative to the others; kinds left out keep their weight. */
  readonly kinds?: Readonly<Partial<Record<Kind, number>>>;
  /** 0 leaves a kind's categories as frequent as they are, 1 makes all equally frequent, 0.5 stands between. */
  readonly categories?: number;
  /** Factor for targets below 32 x 32 pixels of a 480 x 480 picture (the benchmark's "small"). */
  readonly small?: number;
}

/** Samples of one set, and its share of an epoch relative to the others; without one, samples of all sets are one lot. */
export interface BalancedSet {
  readonly samples: readonly Sample[];
  readonly weight?: number;
}

/** A weight for each sample (createLoader's `weight`) that balances kinds, categories and small targets. */
export function balanceSamples(samples: readonly Sample[], options: BalanceOptions): (sample: Sample) => number {
  return balanceSets([{ samples }], options);
}

/**
 * The same for several sets, whose shares of an epoch stay as they are: the kinds have theirs over the whole epoch, as
 * far as the sets hold them.
 */
export function balanceSets(sets: readonly BalancedSet[], options: BalanceOptions): (sample: Sample) => number {
  const { kinds: wanted, categories: evenness = 0, small = 1 } = options;
  const all = sets.flatMap(({ samples }) => samples);
  const kinds = countBy(all, ({ kind }) => kind);
  // Within a kind: all sentences about nothing have one category, which would count as a frequent one.
  const keyOf = ({ kind, category }: Sample): string => `${kind} ${category}`;
  const categories = countBy(all, keyOf);
  // Each is asked for several times, and a mask's area takes its decoding.
  const known = new Map<Sample, number>();
  const ownWeight = (sample: Sample): number => {
    const before = known.get(sample);
    if (before !== undefined) return before;
    let weight = ((categories.get(keyOf(sample)) ?? 1) / (kinds.get(sample.kind) ?? 1)) ** -evenness;
    if (small !== 1 && sample.kind !== 'none') {
      const scale = (480 * 480) / (sample.image.width * sample.image.height);
      if (rleArea(sample.mask()) * scale < 32 * 32) weight *= small;
    }
    known.set(sample, weight);
    return weight;
  };
  if (!wanted) return ownWeight;
  const shares = new Map([...kinds].map(([kind, count]) => [kind, wanted[kind] ?? count / all.length]));
  const factors = kindFactors(lotsOf(sets, ownWeight), shares);
  return (sample) => ownWeight(sample) * (factors.get(sample.kind) ?? 1);
}

/** Weights that are drawn from together: their part of an epoch, and how much of it each kind has. */
interface Lot {
  readonly share: number;
  readonly kinds: ReadonlyMap<string, number>;
}

function lotsOf(sets: readonly BalancedSet[], ownWeight: (sample: Sample) => number): Lot[] {
  const isMixed = sets.some(({ weight }) => weight !== undefined);
  const lots = isMixed ? sets : [{ samples: sets.flatMap(({ samples }) => samples), weight: 1 }];
  const total = lots.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return lots.map(({ samples, weight = 1 }) => {
    const kinds = new Map<string, number>();
    for (const sample of samples) kinds.set(sample.kind, (kinds.get(sample.kind) ?? 0) + ownWeight(sample));
    return { share: weight / total, kinds };
  });
}

/** Rounds of fitting; a handful is enough where every set holds every kind. */
const mostRounds = 50;

/** Where sets lack kinds no factor brings the shares about: the others' kinds are not driven out for it. */
const farthest = 1.5;

/**
 * Factors of kinds, one for all lots, so that each kind has its share of the epoch (iterative proportional fitting,
 * Deming and Stephan 1940).
 */
function kindFactors(lots: readonly Lot[], shares: ReadonlyMap<string, number>): Map<string, number> {
  const wantedTotal = [...shares.values()].reduce((sum, share) => sum + share, 0);
  const first = new Map<string, number>();
  const partOf = (kind: string, factors: ReadonlyMap<string, number>): number =>
    lots.reduce((part, { share, kinds }) => {
      const total = [...kinds].reduce((sum, [own, weight]) => sum + weight * (factors.get(own) ?? 1), 0);
      return part + (total > 0 ? (share * (kinds.get(kind) ?? 0) * (factors.get(kind) ?? 1)) / total : 0);
    }, 0);
  for (const [kind, share] of shares) first.set(kind, share / wantedTotal / (partOf(kind, new Map()) || 1));
  let factors = first;
  for (let round = 0; round < mostRounds; round++) {
    const next = new Map<string, number>();
    for (const [kind, factor] of factors) {
      const plain = first.get(kind) ?? 1;
      const fitted = (factor * (shares.get(kind) ?? 0)) / wantedTotal / (partOf(kind, factors) || 1);
      next.set(kind, Math.min(plain * farthest, Math.max(plain / farthest, fitted)));
    }
    factors = next;
  }
  return factors;
}

function countBy<Key extends string>(samples: readonly Sample[], key: (sample: Sample) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const sample of samples) counts.set(key(sample), (counts.get(key(sample)) ?? 0) + 1);
  return counts;
}
