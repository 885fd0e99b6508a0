import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnMasks } from '../../test/masks/arbitraryMasks.js';
import { emptyRle, encodeRle, polygonsFromRle, polygonsWithoutHoles, rleFromPolygons } from './index.js';

/** Even-odd fill of rings at the pixels' centres: how often a ray to the left crosses a vertical edge. */
function evenOdd(rings: readonly number[][], height: number, width: number): Uint8Array {
  const dense = new Uint8Array(height * width);
  for (const ring of rings) {
    for (let place = 0; place < ring.length; place += 2) {
      const [x, y] = [ring[place], ring[place + 1]];
      const [nextX, nextY] = [ring[(place + 2) % ring.length], ring[(place + 3) % ring.length]];
      expect(x === nextX || y === nextY, 'an edge that is neither upright nor level').toBe(true);
      for (let row = Math.min(y, nextY); row < Math.max(y, nextY); row++) {
        for (let column = x; column < width; column++) dense[row * width + column] ^= 1;
      }
    }
  }
  return dense;
}

const doubleArea = (ring: readonly number[]): number => {
  let sum = 0;
  for (let place = 0; place < ring.length; place += 2) {
    sum += ring[place] * ring[(place + 3) % ring.length] - ring[(place + 2) % ring.length] * ring[place + 1];
  }
  return sum;
};

describe('outlines', () => {
  it('fill to the mask they came from', () => {
    fc.assert(
      fc.property(drawnMasks(1), ([{ rle, dense }]) => {
        const rings = polygonsFromRle(rle).flatMap(({ outer, holes }) => [outer, ...holes]);
        expect(evenOdd(rings, rle.height, rle.width)).toEqual(dense);
      }),
      { numRuns: 500 },
    );
  });

  it('are simple rings: no point twice, no needless point, outer clockwise and holes against', () => {
    fc.assert(
      fc.property(drawnMasks(1), ([{ rle }]) => {
        for (const { outer, holes } of polygonsFromRle(rle)) {
          expect(doubleArea(outer)).toBeGreaterThan(0);
          for (const hole of holes) expect(doubleArea(hole)).toBeLessThan(0);
          for (const ring of [outer, ...holes]) {
            const points = Array.from(
              { length: ring.length / 2 },
              (_, point) => `${ring[2 * point]},${ring[2 * point + 1]}`,
            );
            expect(new Set(points).size, 'a point twice').toBe(points.length);
            for (let place = 0; place < ring.length; place += 2) {
              const upright = ring[place] === ring[(place + 2) % ring.length];
              const nextUpright = ring[(place + 2) % ring.length] === ring[(place + 4) % ring.length];
              expect(upright, 'a point in the middle of a side').not.toBe(nextUpright);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('give one polygon for each piece that touches at its sides', () => {
    const dense = Uint8Array.from('11110' + '10010' + '10010' + '11110' + '00001', Number);
    const rle = encodeRle(dense, 5, 5);
    expect(polygonsFromRle(rle)).toEqual([
      { outer: expect.any(Array), holes: [expect.any(Array)] },
      { outer: expect.any(Array), holes: [] },
    ]);
    expect(polygonsFromRle(emptyRle(4, 4))).toEqual([]);
    expect(polygonsFromRle(encodeRle(new Uint8Array(6).fill(1), 2, 3))).toEqual([
      { outer: expect.toSatisfy((ring: number[]) => ring.length === 8), holes: [] },
    ]);
  });

  it('without holes give the mask back through any even-odd fill and through the COCO rasteriser', () => {
    fc.assert(
      fc.property(drawnMasks(1), ([{ rle, dense }]) => {
        const polygons = polygonsWithoutHoles(rle);
        expect(polygons).toHaveLength(polygonsFromRle(rle).length);
        expect(evenOdd(polygons, rle.height, rle.width)).toEqual(dense);
        expect(rleFromPolygons(polygons, rle.height, rle.width)).toEqual(rle);
      }),
      { numRuns: 500 },
    );
  });
});
