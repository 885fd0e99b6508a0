import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coveringWindows, windowWeight } from './windows.js';

describe('windows', () => {
  it('cover every pixel, lie within the picture, and overlap by their share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 8, max: 120 }),
        fc.constantFrom(0, 0.25, 0.5),
        (width, height, size, overlap) => {
          const windows = coveringWindows(width, height, size, overlap);
          const columns = new Uint8Array(width);
          const rows = new Uint8Array(height);
          const inside = windows.every(
            ({ x, y, ...window }) =>
              window.width === Math.min(width, size) &&
              window.height === Math.min(height, size) &&
              Math.min(x, y) >= 0 &&
              x + window.width <= width &&
              y + window.height <= height,
          );
          for (const window of windows) {
            columns.fill(1, window.x, window.x + window.width);
            rows.fill(1, window.y, window.y + window.height);
          }
          const starts = [...new Set(windows.map(({ x }) => x))];
          const shared = starts.slice(1).map((x, index) => starts[index] + Math.min(width, size) - x);
          expect({ inside, covered: Math.min(...columns, ...rows) }).toEqual({ inside: true, covered: 1 });
          expect(Math.min(...shared, size)).toBeGreaterThanOrEqual(Math.floor(size * overlap) - 1);
          expect(windows).toHaveLength(starts.length * new Set(windows.map(({ y }) => y)).size);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('weigh their middle most and no pixel with nothing', () => {
    const weights = Array.from({ length: 9 }, (_, position) => windowWeight(position, 9));
    expect(Math.min(...weights)).toBeGreaterThan(0);
    expect(weights.indexOf(Math.max(...weights))).toBe(4);
    expect(windowWeight(0, 1)).toBe(1);
  });
});
