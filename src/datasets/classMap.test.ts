import { describe, expect, it } from 'vitest';
import { decodeRle, encodeRle, rleArea, rleFromBox, rleResize } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { classMapPart, paintClassMap, unknownClass } from './classMap.js';

const thing = (classIndex: number, box: [number, number, number, number], isBox = false) => ({
  classIndex,
  rle: rleFromBox(box, 16, 16),
  isBox,
});

describe('paintClassMap', () => {
  it('puts the smaller thing over the larger, and boxes of unknown things below both', () => {
    const map = paintClassMap([thing(3, [4, 4, 2, 2]), thing(1, [0, 0, 8, 8]), thing(7, [0, 0, 16, 16], true)], 16);
    expect([map.width, map.height]).toEqual([16, 16]);
    const at = (x: number, y: number) => map.data[y * 16 + x];
    expect([at(4, 4), at(0, 0), at(12, 12)]).toEqual([4, 2, unknownClass]);
  });

  it('knows the thing of a mask also within a smaller box', () => {
    const map = paintClassMap([thing(1, [0, 0, 8, 8]), thing(7, [2, 2, 3, 3], true), thing(5, [4, 4, 9, 9], true)], 16);
    const at = (x: number, y: number) => map.data[y * 16 + x];
    expect([at(3, 3), at(5, 5), at(10, 10)]).toEqual([2, 2, unknownClass]);
  });

  it('is background where nothing is annotated', () => {
    expect(paintClassMap([], 4).data).toEqual(new Uint8Array(16));
  });
});

it('paints as filling every pixel of each decoded mask does, largest first', () => {
  const random = createRandom('class maps');
  for (let round = 0; round < 40; round++) {
    const [height, width, side] = [1, 1, 1].map(() => 1 + random.integer(40));
    const things = Array.from({ length: random.integer(6) }, (_, classIndex) => {
      const share = random.uniform(0, 1);
      const mask = Uint8Array.from({ length: height * width }, () => (random.uniform(0, 1) < share ? 1 : 0));
      return { classIndex, rle: encodeRle(mask, height, width), isBox: false };
    });
    const wanted = new Uint8Array(side * side);
    for (const { rle, classIndex } of things.toSorted((a, b) => rleArea(b.rle) - rleArea(a.rle))) {
      for (const [place, set] of decodeRle(rleResize(rle, side, side)).entries())
        if (set) wanted[place] = 1 + classIndex;
    }
    expect(paintClassMap(things, side).data, `${width} x ${height} to ${side}`).toEqual(wanted);
  }
});

describe('classMapPart', () => {
  const map = paintClassMap([thing(0, [0, 0, 1, 3]), thing(1, [8, 8, 2, 2])], 16);

  it('keeps things of a quarter of a cell, which nearest would lose, and drops less', () => {
    const whole = classMapPart(map, [0, 0, 16, 16], 4).data;
    // 3 of 16 pixels of the first cell, 4 of 16 of the other.
    expect(whole[0]).toBe(0);
    expect(whole[2 * 4 + 2]).toBe(2);
    expect(whole.filter((value) => value > 0).length).toBe(1);
  });

  it('gives each cell the class that covers most of it, of a quarter or more', () => {
    const random = createRandom('cells');
    for (let round = 0; round < 60; round++) {
      const [side, cell] = [1 + random.integer(4), 1 + random.integer(5)];
      const whole = 2 + side * cell;
      const share = random.uniform(0, 1);
      const data = Uint8Array.from({ length: whole * whole }, () =>
        random.next() < share ? [1, 2, 2, 3, unknownClass][random.integer(5)] : 0,
      );
      const part = classMapPart({ width: whole, height: whole, data }, [2, 1, side * cell, side * cell], side).data;
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const counts = new Map<number, number>();
          for (let y = 0; y < cell; y++) {
            for (let x = 0; x < cell; x++) {
              const value = data[(1 + row * cell + y) * whole + 2 + column * cell + x];
              if (value > 0) counts.set(value, (counts.get(value) ?? 0) + 1);
            }
          }
          const covered = [...counts.values()].reduce((sum, count) => sum + count, 0);
          const most = Math.max(...counts.values());
          const wanted = [...counts].filter(([, count]) => count === most).map(([value]) => value);
          const got = part[row * side + column];
          if (4 * covered < cell * cell) expect(got).toBe(0);
          else expect(wanted, `round ${round}, cell ${column}, ${row}`).toContain(got);
        }
      }
    }
  });

  it('enlarges a part by nearest', () => {
    const part = classMapPart(map, [8, 8, 4, 4], 8).data;
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 8; column++) {
        expect(part[row * 8 + column], `${column}, ${row}`).toBe(row < 4 && column < 4 ? 2 : 0);
      }
    }
  });
});
