import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emptyRle, rleFromBox, rleFromString } from '../masks/index.js';
import { createScorer, type Protocol, type ScoredKind, type ScoredSample, score, scoreNames } from './index.js';

const golden = JSON.parse(
  readFileSync(new URL('../../test/fixtures/evaluation/metrics.json', import.meta.url), 'utf8'),
) as {
  samples: { size: [number, number]; kind: ScoredKind; category: string; predicted: string; truth: string }[];
  expected: Record<Protocol, Record<string, Record<string, unknown>>>;
};

const samples: ScoredSample[] = golden.samples.map(({ size: [height, width], kind, category, predicted, truth }) => ({
  kind,
  category,
  predicted: rleFromString(predicted, height, width),
  truth: rleFromString(truth, height, width),
}));

/** Compares every number of the reference, by its path. */
function compare(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'number') {
    expect(typeof actual, path).toBe('number');
    expect(Math.abs((actual as number) - expected), path).toBeLessThanOrEqual(1e-9);
  } else if (expected === null) expect(actual, path).toBeNull();
  else {
    expect(Object.keys(actual as object), path).toEqual(Object.keys(expected as object));
    for (const [key, value] of Object.entries(expected as object)) {
      compare((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
    }
  }
}

describe('score', () => {
  for (const protocol of ['rrsis', 'gres'] as const) {
    it(`gives the published evaluators' numbers for ${protocol}`, () => {
      const actual = score(samples, protocol);
      const { all, kind, category } = golden.expected[protocol];
      expect(Object.keys(actual)).toEqual(['protocol', 'all', 'kind', 'category']);
      compare(actual.all, all, 'all');
      compare(actual.kind, kind, 'kind');
      if (category !== undefined) compare(actual.category, category, 'category');
      expect(Object.keys(actual.category)).toEqual(['bridge', 'car', 'no target', 'ship']);
    });
  }

  it('names its scores in the order of a table', () => {
    for (const protocol of ['rrsis', 'gres'] as const) {
      expect(Object.keys(score(samples, protocol).all)).toEqual(['samples', ...scoreNames[protocol]]);
    }
  });

  it('gives null where nothing can be averaged', () => {
    const { all, kind, category } = score([], 'gres');
    expect(new Set(Object.values(all))).toEqual(new Set([0, null]));
    expect(kind.none).toEqual(all);
    expect(category).toEqual({});
    const rightlyEmpty = score([{ ...samples[0], kind: 'none', predicted: emptyRle(96, 72) }], 'gres').all;
    expect(rightlyEmpty).toMatchObject({ gIoU: 100, cIoU: null, 'N-acc': 100, 'T-acc': null, 'Pr@0.5': null });
  });

  it('keeps a category of any name', () => {
    const odd = score([{ ...samples[0], category: '__proto__' }], 'rrsis');
    expect(Object.keys(odd.category)).toEqual(['__proto__']);
  });

  it('refuses masks of two sizes and adds nothing', () => {
    const scorer = createScorer('rrsis');
    const wrong = { ...samples[0], predicted: emptyRle(2, 3) };
    expect(() => scorer.add(wrong)).toThrow(/2 x 3/);
    expect(scorer.result().all.samples).toBe(0);
  });
});

describe('gres', () => {
  const truth = rleFromBox([0, 0, 10, 10], 20, 20);
  const of = (width: number, kind: ScoredKind) =>
    createScorer('gres').add({ kind, category: 'x', predicted: rleFromBox([0, 0, width, 7], 20, 20), truth });

  it('takes a prediction under 50 pixels for empty, on every sample', () => {
    expect(of(7, 'single')).toEqual({ iou: 0, intersectionPx: 0, unionPx: 100, answered: false });
    expect(of(8, 'single')).toEqual({ iou: 0.56, intersectionPx: 56, unionPx: 100, answered: true });
    expect(of(7, 'none')).toEqual({ iou: 1, intersectionPx: 0, unionPx: 0, answered: false });
    expect(of(8, 'none')).toEqual({ iou: 0, intersectionPx: 0, unionPx: 56, answered: true });
  });
});

describe('sizes of targets', () => {
  it('are those of the target in a picture of 480 x 480, and leave out samples without one', () => {
    const scorer = createScorer('rrsis', { targetSizes: true });
    const add = (side: number, picture: number, kind: ScoredKind = 'single') => {
      const truth = rleFromBox([0, 0, side, side], picture, picture);
      scorer.add({ kind, category: 'x', predicted: truth, truth });
    };
    add(31, 480);
    add(32, 480);
    add(95, 480);
    add(96, 480);
    add(62, 960);
    add(200, 480, 'none');
    const { targets, size } = scorer.targetResult() ?? expect.fail('no target scores');
    expect(targets).toMatchObject({ samples: 5, mIoU: 100 });
    expect([size.small.samples, size.medium.samples, size.large.samples]).toEqual([2, 2, 1]);
    expect(scorer.result().all.mIoU).toBeCloseTo(500 / 6);
    expect(createScorer('rrsis').targetResult()).toBeNull();
  });
});
