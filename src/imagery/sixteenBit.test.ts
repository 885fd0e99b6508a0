import { describe, expect, it } from 'vitest';
import { stretchSixteenBit } from './sixteenBit.js';

/** Counts of a sensor of 11 bits: 100 to 2099, even and odd, in grey or with `bands` alike. */
const counts = (bands = 1, change: (values: Uint16Array) => void = () => {}): Uint16Array => {
  const values = Uint16Array.from({ length: 2000 * bands }, (_, at) => 100 + Math.floor(at / bands));
  change(values);
  return values;
};
const stretched = (values: Uint16Array, bands = 1) => [...stretchSixteenBit(values, bands)];

describe('16 bits to 8', () => {
  it('spread counts of a sensor from their 2nd to their 98th percentile', () => {
    const bytes = stretched(counts());
    expect([bytes[0], bytes[39], bytes[1959], bytes[1999]]).toEqual([0, 0, 255, 255]);
    expect(bytes[1000]).toBeGreaterThan(124);
    expect(bytes[1000]).toBeLessThan(131);
  });

  it('ask for most values: a few bright ones, or missing pixels of 0 and 65535, change nothing', () => {
    const plain = stretched(counts());
    const few = stretched(counts(1, (values) => values.fill(40_000, 1990)));
    expect(few.slice(0, 1990)).toEqual(plain.slice(0, 1990));
    expect(stretched(counts(1, (values) => values.set([65535], 1999)))[1000]).toBeCloseTo(plain[1000], -1);
    const holes = Uint16Array.from([...counts(), ...new Array(3000).fill(0), ...new Array(9000).fill(65535)]);
    expect(stretched(holes).slice(0, 2000)).toEqual(plain);
    expect([stretched(holes)[2500], stretched(holes)[9000]]).toEqual([0, 255]);
  });

  it('ask the first three bands alone, of grey and alpha the first', () => {
    const plain = stretched(counts());
    for (const [bands, used] of [
      [2, 1],
      [3, 3],
      [4, 3],
      [8, 3],
    ]) {
      const values = counts(bands, (all) => {
        for (let at = 0; at < all.length; at++) if (at % bands >= used) all[at] = 60_000;
      });
      const first = stretched(values, bands).filter((_, at) => at % bands === 0);
      expect(first, `${bands} bands`).toEqual(plain);
    }
  });

  it('divide what uses the whole range, and 8 bits stored in 16, however dark', () => {
    const full = Uint16Array.from({ length: 65536 }, (_, at) => at);
    expect(stretched(full)).toEqual([...full].map((value) => Math.round(value / 257)));
    const dark = Uint8Array.from({ length: 500 }, (_, at) => at % 40);
    expect(stretched(Uint16Array.from(dark, (value) => value * 257))).toEqual([...dark]);
  });

  it('use the range from where a sensor of 14 bits ends: the 98th percentile decides', () => {
    // 2 % of the values lie above 16,384 in one picture, and a few more in the other.
    const some = (bright: number) =>
      Uint16Array.from({ length: 1000 }, (_, at) => (at < 1000 - bright ? 1 + at : 17_000));
    expect(stretched(some(40))).toEqual([...some(40)].map((value) => Math.round(value / 257)));
    const counts = stretched(some(10));
    expect([counts[0], counts[500] > 100, counts[999]]).toEqual([0, true, 255]);
    const just = (value: number) => new Uint16Array(100).fill(value).fill(3, 0, 50);
    expect(stretched(just(16_384))[99]).toBe(64);
    expect(stretched(just(16_383))[99]).toBe(255);
  });

  it('of one value or none make one shade', () => {
    expect(stretched(new Uint16Array(4))).toEqual([0, 0, 0, 0]);
    expect(stretched(new Uint16Array(4).fill(65535))).toEqual([255, 255, 255, 255]);
    expect(new Set(stretched(new Uint16Array(4).fill(900))).size).toBe(1);
    // One value among missing ones is not missing.
    expect(stretched(Uint16Array.of(0, 900, 900, 901, 65535))).toEqual([0, 0, 0, 255, 255]);
  });
});
