import { describe, expect, it } from 'vitest';
import { emptyRle, rleFromBox } from '../masks/index.js';
import { balanceSamples, balanceSets } from './loaderBalance.js';
import type { Kind, Sample } from './sample.js';
import { sceneDataset } from './testLoader.js';

describe('balance', () => {
  it('evens out the categories of a kind as far as asked, each kind for itself', () => {
    const { samples } = sceneDataset(90, { kind: (index) => (index < 60 ? 'single' : 'none') });
    const named = samples.map((sample, index) => ({
      ...sample,
      category: index < 60 ? (index < 45 ? 'car' : 'ship') : 'car',
    }));
    const shares = (categories: number): number[] => {
      const weight = balanceSamples(named, { categories });
      const sum = (from: number, to: number) => named.slice(from, to).reduce((total, one) => total + weight(one), 0);
      return [sum(0, 45) / sum(0, 60), sum(60, 90) / sum(0, 90)];
    };
    expect(shares(0)[0]).toBeCloseTo(0.75);
    expect(shares(1)[0]).toBeCloseTo(0.5);
    // Halfway: in the ratio of the roots of 3 and 1.
    expect(shares(0.5)[0]).toBeCloseTo(Math.sqrt(3) / (Math.sqrt(3) + 1));
    // The car of sentences about nothing is none of the cars: it has its kind for itself, at the weight of 1.
    const weight = balanceSamples(named, { categories: 1 });
    expect(weight(named[75])).toBeCloseTo(1);
  });

  it('shows small targets as often as asked, by their size in a picture of 480 x 480', () => {
    const [sample] = sceneDataset(1).samples;
    const of = (side: number, picture: number, kind: Kind = 'single'): Sample => ({
      ...sample,
      kind,
      image: { ...sample.image, width: picture, height: picture },
      mask: () => (kind === 'none' ? emptyRle(picture, picture) : rleFromBox([0, 0, side, side], picture, picture)),
    });
    const samples = [of(31, 480), of(32, 480), of(31, 960), of(63, 960), of(64, 960), of(20, 240), of(5, 480, 'none')];
    const weight = balanceSamples(samples, { small: 3 });
    expect(samples.map(weight)).toEqual([3, 1, 3, 3, 1, 1, 1]);
  });

  it('leaves kinds that are not named at their own share', () => {
    const { samples } = sceneDataset(100, { kind: (index) => (index < 50 ? 'single' : index < 80 ? 'multi' : 'none') });
    const weight = balanceSamples(samples, { kinds: { none: 0.2 } });
    const sum = (kind: Kind) =>
      samples.filter((one) => one.kind === kind).reduce((total, one) => total + weight(one), 0);
    const all = sum('single') + sum('multi') + sum('none');
    expect([sum('single') / all, sum('multi') / all, sum('none') / all].map((share) => share.toFixed(3))).toEqual([
      '0.500',
      '0.300',
      '0.200',
    ]);
  });

  it('balances kinds', () => {
    const { samples } = sceneDataset(100, { kind: (index) => (index < 80 ? 'single' : index < 95 ? 'multi' : 'none') });
    const weight = balanceSamples(samples, { kinds: { single: 1, multi: 1, none: 1 } });
    const sum = (kind: Kind) =>
      samples.filter((sample) => sample.kind === kind).reduce((total, sample) => total + weight(sample), 0);
    expect(sum('multi')).toBeCloseTo(sum('single'));
    expect(sum('none')).toBeCloseTo(sum('single'));
  });
});

describe('balance over several sets', () => {
  const setOf = (counts: Readonly<Record<Kind, number>>) => {
    const kinds = (Object.entries(counts) as [Kind, number][]).flatMap(([kind, count]) =>
      new Array<Kind>(count).fill(kind),
    );
    const { samples } = sceneDataset(kinds.length, { kind: (index) => kinds[index] });
    // Among sentences with a target a third are about ships; those without one have all one category.
    return samples.map((sample, index) => ({
      ...sample,
      category: sample.kind === 'none' ? 'no target' : index % 3 === 0 ? 'ship' : `thing ${index % 7}`,
    }));
  };
  const sharesOf = (
    sets: readonly { samples: readonly Sample[]; weight: number }[],
    weight: (one: Sample) => number,
  ) => {
    const total = sets.reduce((sum, set) => sum + set.weight, 0);
    const shares: Record<Kind, number> = { single: 0, multi: 0, none: 0 };
    for (const set of sets) {
      const own = set.samples.reduce((sum, sample) => sum + weight(sample), 0);
      for (const sample of set.samples) shares[sample.kind] += (weight(sample) / own) * (set.weight / total);
    }
    return shares;
  };

  it('gives each kind its share of the epoch, whatever categories do', () => {
    const sets = [
      { samples: setOf({ single: 300, multi: 90, none: 30 }), weight: 0.4 },
      { samples: setOf({ single: 100, multi: 150, none: 80 }), weight: 1.2 },
    ];
    for (const categories of [0, 0.4, 1]) {
      const kinds = { single: 0.46, multi: 0.28, none: 0.26 };
      const shares = sharesOf(sets, balanceSets(sets, { kinds, categories }));
      for (const kind of ['single', 'multi', 'none'] as const) {
        expect(shares[kind], `${kind} with categories ${categories}`).toBeCloseTo(kinds[kind], 3);
      }
    }
  });

  it('drives no kind out of a set for what another lacks', () => {
    const sets = [
      { samples: setOf({ single: 300, multi: 0, none: 0 }), weight: 0.9 },
      { samples: setOf({ single: 100, multi: 100, none: 100 }), weight: 0.1 },
    ];
    const weight = balanceSets(sets, { kinds: { single: 0.3, multi: 0.35, none: 0.35 } });
    const second = sharesOf(sets.slice(1), weight);
    expect(second.single).toBeGreaterThan(0.005);
    expect(second.multi).toBeCloseTo(second.none, 5);
  });
});
