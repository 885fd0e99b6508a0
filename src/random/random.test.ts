import { describe, expect, it } from 'vitest';
import { createRandom } from './random.js';

describe('createRandom', () => {
  it('repeats for the same seed and differs for another label', () => {
    const draw = (...seed: (string | number)[]) => {
      const random = createRandom(...seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(1)).not.toEqual(draw('1'));
  });

  it('gives the numbers of its definition, so that runs resume and data sets are made again', () => {
    // By an implementation in Python, whose generator gives the published 11520, 0, 5927040, 70819200 from 1, 2, 3, 4.
    const random = createRandom(7, 'scene', 12);
    expect([random.next(), random.next(), random.next()]).toEqual([
      0.8458601900364966, 0.7413745969829184, 0.9478653856771673,
    ]);
    const other = createRandom('船');
    expect(Array.from({ length: 6 }, () => other.integer(1000))).toEqual([545, 459, 35, 108, 940, 973]);
  });

  it('draws every order, element and range alike', () => {
    const random = createRandom('alike');
    const orders = new Map<string, number>();
    const picks = new Map<string, number>();
    let [least, most, sum] = [9, 0, 0];
    for (let round = 0; round < 6000; round++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
      const one = random.pick(['x', 'y', 'z']);
      picks.set(one, (picks.get(one) ?? 0) + 1);
      const value = random.uniform(-2, 6);
      [least, most, sum] = [Math.min(least, value), Math.max(most, value), sum + value];
    }
    expect([orders.size, picks.size]).toEqual([6, 3]);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
    for (const count of picks.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect([least < -1.9, least >= -2, most > 5.9, most < 6]).toEqual([true, true, true, true]);
    expect(sum / 6000).toBeCloseTo(2, 0);
    expect(() => random.pick([])).toThrow('the list is empty');
  });

  it('has the moments of the uniform and the normal law', () => {
    const random = createRandom(42);
    const count = 50_000;
    let uniform = 0;
    let normal = 0;
    let square = 0;
    for (let index = 0; index < count; index++) {
      uniform += random.next();
      const value = random.normal();
      normal += value;
      square += value * value;
    }
    expect(uniform / count).toBeCloseTo(0.5, 2);
    expect(normal / count).toBeCloseTo(0, 1);
    expect(square / count).toBeCloseTo(1, 1);
  });

  it('shuffles without losing anything', () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const shuffled = createRandom('x').shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  });

  it('keeps the share that was asked for', () => {
    const data = new Float32Array(100_001);
    createRandom('kept').fillKept(data, 0.9, 2);
    expect(new Set(data)).toEqual(new Set([0, 2]));
    expect(data.reduce((sum, value) => sum + value, 0) / 2 / data.length).toBeCloseTo(0.9, 2);
    const neighbours = data.filter((value, index) => index > 0 && value === 0 && data[index - 1] === 0).length;
    expect(neighbours / data.length).toBeCloseTo(0.01, 2);
    const again = new Float32Array(100_001);
    createRandom('kept').fillKept(again, 0.9, 2);
    expect(again).toEqual(data);
    createRandom('all').fillKept(again, 1, 3);
    expect(again.every((value) => value === 3)).toBe(true);
  });

  it('refuses an impossible count', () => {
    expect(() => createRandom(1).integer(0)).toThrow('integer(0): expected a positive count');
  });
});
