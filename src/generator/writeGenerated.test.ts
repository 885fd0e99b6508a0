import { describe, expect, it } from 'vitest';
import { drawSplits } from './writeGenerated.js';

describe('drawSplits', () => {
  const shares = [
    { name: 'train', share: 8 },
    { name: 'val', share: 1 },
    { name: 'test', share: 1 },
  ];
  const counts = (total: number): Record<string, number> => {
    const found: Record<string, number> = {};
    for (const name of drawSplits(total, shares, 1)) found[name] = (found[name] ?? 0) + 1;
    return found;
  };

  it('shares pictures out, each split at least one', () => {
    expect(counts(1000)).toEqual({ train: 800, val: 100, test: 100 });
    expect(counts(4)).toEqual({ train: 2, val: 1, test: 1 });
    expect(counts(3)).toEqual({ train: 1, val: 1, test: 1 });
    expect(Object.values(counts(1))).toEqual([1]);
    expect(counts(0)).toEqual({});
  });

  it('scatters them by the seed', () => {
    expect(drawSplits(50, shares, 1)).toEqual(drawSplits(50, shares, 1));
    expect(drawSplits(50, shares, 1)).not.toEqual(drawSplits(50, shares, 2));
  });

  it('gives nothing to a split without a share', () => {
    const none = [
      { name: 'train', share: 1 },
      { name: 'val', share: 0 },
    ];
    expect(new Set(drawSplits(20, none, 3))).toEqual(new Set(['train']));
  });
});
