import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float8ToNumber } from './float8.js';
import { decodeBfloat16, decodeFloat16, encodeFloat16, float16ToNumber } from './halfPrecision.js';

const allCodes = Uint16Array.from({ length: 0x10000 }, (_, code) => code);
const isNaN16 = (code: number, exponent: number, fraction: number): boolean =>
  (code & exponent) === exponent && (code & fraction) !== 0;

describe('float16', () => {
  it('decodes known values', () => {
    const codes = [0x0000, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00];
    expect(codes.map(float16ToNumber)).toEqual([
      0,
      -0,
      1,
      -2.5,
      65504,
      2 ** -24,
      2 ** -14,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(float16ToNumber(0x7e01)).toBeNaN();
  });

  it('gives every code back, and NaN as NaN', () => {
    const back = encodeFloat16(decodeFloat16(allCodes));
    const wrong = [...allCodes].filter((code) =>
      isNaN16(code, 0x7c00, 0x3ff) ? !isNaN16(back[code], 0x7c00, 0x3ff) : back[code] !== code,
    );
    expect(wrong).toEqual([]);
  });

  it('rounds what lies in the middle of two codes to the even one, also where they are subnormal', () => {
    // Neighbours in order, up to the largest; steps are of 2^-24 at first and double with each power of two.
    const codes = [0, 1, 2, 3, 500, 511, 512, 1021, 1022, 1023, 1024, 1025, 2047, 2048, 15_359, 15_360, 31_741, 31_742];
    const middles = codes.map((code) => (float16ToNumber(code) + float16ToNumber(code + 1)) / 2);
    const wanted = codes.map((code) => (code % 2 === 0 ? code : code + 1));
    expect([...encodeFloat16(Float32Array.from(middles))]).toEqual(wanted);
    expect([...encodeFloat16(Float32Array.from(middles, (value) => -value))]).toEqual(
      wanted.map((code) => code + 0x8000),
    );
  });

  it('rounds to the nearest of all codes, ties to the even one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.float({ noNaN: true }), fc.float({ noNaN: true, min: -70000, max: 70000 })), (value) => {
        const [code] = encodeFloat16(Float32Array.of(value));
        const got = float16ToNumber(code);
        if (Math.abs(value) >= 65520) return Math.abs(got) === Number.POSITIVE_INFINITY;
        for (const other of [code - 1, code + 1]) {
          if ((other & 0x8000) !== (code & 0x8000) || (other & 0x7c00) === 0x7c00) continue;
          const distance = Math.abs(float16ToNumber(other & 0xffff) - value);
          if (distance < Math.abs(got - value)) return false;
          if (distance === Math.abs(got - value) && (code & 1) === 1) return false;
        }
        return Math.sign(got) === Math.sign(value) || got === 0;
      }),
      { numRuns: 3000 },
    );
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f80, 0xff80))]).toEqual([
      1,
      -2,
      2 ** -133,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    const bits = new Uint32Array(decodeBfloat16(allCodes).buffer);
    expect([...allCodes].filter((code) => bits[code] !== code * 0x10000)).toEqual([]);
  });
});

describe('float8', () => {
  it('decodes the limits that the specification states', () => {
    expect(float8ToNumber('F8_E4M3', 0x7e)).toBe(448);
    expect(float8ToNumber('F8_E4M3', 0x01)).toBe(2 ** -9);
    expect(float8ToNumber('F8_E4M3', 0x7f)).toBeNaN();
    expect(float8ToNumber('F8_E5M2', 0x7b)).toBe(57344);
    expect(float8ToNumber('F8_E5M2', 0x01)).toBe(2 ** -16);
    expect(float8ToNumber('F8_E5M2', 0xfc)).toBe(Number.NEGATIVE_INFINITY);
    expect(float8ToNumber('F8_E8M0', 127)).toBe(1);
    expect(float8ToNumber('F8_E4M3FNUZ', 0x7f)).toBe(240);
    expect(float8ToNumber('F8_E5M2FNUZ', 0x7f)).toBe(57344);
    expect(float8ToNumber('F8_E4M3FNUZ', 0x80)).toBeNaN();
  });
});
