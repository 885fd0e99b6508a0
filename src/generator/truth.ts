/**
 * Kleene's three-valued truth: 1 certainly so, 0 certainly not, 0.5 borderline. `and` is the minimum, `or` the
 * maximum, `not` the complement; so whatever rests on a borderline fact comes out borderline, unless it does not matter.
 */
export type Truth = 0 | 0.5 | 1;

/** Certainly at most `yes`, certainly not above `no`, borderline between. `no` must not be less than `yes`. */
export const atMost = (value: number, yes: number, no: number): Truth => (value <= yes ? 1 : value >= no ? 0 : 0.5);

export const both = (...parts: readonly Truth[]): Truth => Math.min(1, ...parts) as Truth;
export const either = (...parts: readonly Truth[]): Truth => Math.max(0, ...parts) as Truth;
export const negate = (part: Truth): Truth => (1 - part) as Truth;
