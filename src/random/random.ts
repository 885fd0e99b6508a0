/** A seeded stream of pseudo-random numbers. The same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  next(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** A whole number, uniform in 0 .. count - 1. Throws a RangeError when count is not a positive whole number. */
  integer(count: number): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
  /** One element, each equally likely. Throws a RangeError on an empty list. */
  pick<T>(items: readonly T[]): T;
  /**
   * Fills an array with `value` where a draw of the given share succeeds, else 0. Two numbers come of one draw: the share
   * is rounded to 1 / 65536.
   */
  fillKept(data: Float32Array, share: number, value: number): void;
  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** A 32-bit hash of a text or number (FNV-1a with a final avalanche), stable across versions. */
export function hash32(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    hash = Math.imul(hash ^ (code & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (code >>> 8), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Makes a stream from a seed and labels: `createRandom(7, 'scene', 12)`. Different labels give independent streams,
 * so the result of one piece of work does not depend on the order or the number of workers.
 * Generator: xoshiro128** (Blackman and Vigna, 2018), its state filled by hashing seed and labels.
 */
export function createRandom(...seed: readonly (string | number)[]): Random {
  const key = seed.map((part) => `${typeof part}:${part}`).join('|');
  let a = hash32(key, 1);
  let b = hash32(key, 2);
  let c = hash32(key, 3);
  let d = hash32(key, 4) | 1;
  let spare: number | undefined;

  const bits = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const next = (): number => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 0x20000000000000;
  const integer = (count: number): number => {
    if (!Number.isInteger(count) || count <= 0) throw new RangeError(`integer(${count}): expected a positive count`);
    return Math.floor(next() * count);
  };
  for (let warm = 0; warm < 8; warm++) bits();

  return {
    next,
    uniform: (low, high) => low + (high - low) * next(),
    integer,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    pick(items) {
      if (items.length === 0) throw new RangeError('pick: the list is empty');
      return items[integer(items.length)];
    },
    fillKept(data, share, value) {
      const limit = Math.round(share * 0x10000);
      for (let index = 0; index < data.length; index += 2) {
        const drawn = bits();
        data[index] = drawn >>> 16 < limit ? value : 0;
        if (index + 1 < data.length) data[index + 1] = (drawn & 0xffff) < limit ? value : 0;
      }
    },
    shuffle(items) {
      const copy = [...items];
      for (let index = copy.length - 1; index > 0; index--) {
        const other = integer(index + 1);
        [copy[index], copy[other]] = [copy[other], copy[index]];
      }
      return copy;
    },
  };
}
