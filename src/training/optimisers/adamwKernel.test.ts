import fc from 'fast-check';
import { it } from 'vitest';
import { adamwStep } from './adamw.js';
import { updateAdamw } from './adamwKernel.js';

it('does in float32 what the formulas say, in the given range and nowhere else', () => {
  const length = 5000;
  const values = (seed: number, scale = 1): Float32Array =>
    Float32Array.from({ length }, (_, index) => scale * Math.sin(seed + index * 1.7));
  fc.assert(
    fc.property(fc.nat(length), fc.nat(length), fc.boolean(), fc.integer({ min: 1, max: 1000 }), (a, b, amsgrad, t) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const step = adamwStep({ betas: [0.9, 0.999], epsilon: 1e-8 }, t, 1e-2, 0.1);
      const gradient = values(1);
      const arrays = [values(2), values(3), values(4).map(Math.abs), values(5).map(Math.abs)];
      const [p, m, v, x] = arrays.map((array) => array.slice());
      updateAdamw(p, gradient.subarray(from), m, v, amsgrad ? x : undefined, from, to, -from, step);
      const close = (got: number, want: number): boolean => Math.abs(got - want) <= 3e-7 * Math.max(1, Math.abs(want));
      for (let index = 0; index < length; index++) {
        const [p0, m0, v0, x0] = arrays.map((array) => array[index]);
        const inside = index >= from && index < to;
        const g = gradient[index];
        const m1 = inside ? 0.9 * m0 + 0.1 * g : m0;
        const v1 = inside ? 0.999 * v0 + 0.001 * g * g : v0;
        const x1 = inside && amsgrad ? Math.max(x0, v1) : x0;
        const root = Math.sqrt(amsgrad ? x1 : v1) * step.inverseRoot + step.epsilon;
        const p1 = inside ? p0 * (1 - 1e-3) - (step.stepSize * m1) / root : p0;
        if (!close(m[index], m1) || !close(v[index], v1) || !close(x[index], x1)) return false;
        const slack = inside ? 3e-6 * (1 + Math.abs((step.stepSize * m1) / root)) : 0;
        if (Math.abs(p[index] - p1) > slack) return false;
      }
      return true;
    }),
    { numRuns: 40 },
  );
});
