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
