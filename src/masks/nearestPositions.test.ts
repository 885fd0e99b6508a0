import { describe, expect, it } from 'vitest';
import { nearestPositions } from './nearestPositions.js';

describe('nearestPositions', () => {
  // What Pillow 9.5, 11.3, 12.0 and 13.0 take: the sum of the positions, and those where the exact product differs.
  it.each([
    [1024, 480, 245508, [7, 22, 97]],
    [512, 480, 122628, [7, 22, 97]],
    [384, 480, 91940, [7, 52, 57]],
    [2000, 320, 319840, []],
  ] as const)('takes from %i for %i what Pillow takes', (from, to, sum, differing) => {
    const positions = nearestPositions(from, to);
    expect(positions.reduce((total, value) => total + value, 0)).toBe(sum);
    const exact = [...positions.keys()].map((out) => Math.floor(((out + 0.5) * from) / to));
    expect([...positions.keys()].filter((out) => positions[out] !== exact[out]).slice(0, 3)).toEqual(differing);
  });

  it('never leaves the picture', () => {
    for (const [from, to] of [
      [1, 7],
      [7, 1],
      [3, 1000],
      [999, 998],
    ]) {
      const positions = nearestPositions(from, to);
      expect(Math.min(...positions)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...positions)).toBeLessThan(from);
    }
  });
});
