import { type Gradient, valuesOfGradient } from './gradient.js';

/** Sum of squares in double precision; four sums, so that additions need not wait for each other, in a fixed order. */
function sumOfSquares(values: Float32Array): number {
  const end = values.length - (values.length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let index = 0; index < end; index += 4) {
    a += values[index] * values[index];
    b += values[index + 1] * values[index + 1];
    c += values[index + 2] * values[index + 2];
    d += values[index + 3] * values[index + 3];
  }
  for (let index = end; index < values.length; index++) a += values[index] * values[index];
  return a + b + (c + d);
}

/** The Euclidean norm of all gradients together, in double precision. NaN or infinite when any number is. */
export function globalNorm(gradients: ReadonlyMap<string, Gradient>): number {
  let sum = 0;
  for (const gradient of gradients.values()) sum += sumOfSquares(valuesOfGradient(gradient));
  return Math.sqrt(sum);
}

/** Multiplies gradients by a number, in place. */
export function scaleGradients(gradients: ReadonlyMap<string, Gradient>, factor: number): void {
  for (const gradient of gradients.values()) {
    const values = valuesOfGradient(gradient);
    for (let index = 0; index < values.length; index++) values[index] *= factor;
  }
}

/**
 * Clips gradients by their global norm (Pascanu et al. 2013): where it is above `maxNorm` all are multiplied, in place,
 * by maxNorm / (norm + 1e-6), as PyTorch does.
 * @returns the norm before; when it is NaN or infinite nothing was changed, and the step should not be made
 * @throws RangeError unless maxNorm is above 0
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, Gradient>, maxNorm: number): number {
  if (!(maxNorm > 0)) throw new RangeError(`maxNorm ${maxNorm}: expected a number above 0`);
  const norm = globalNorm(gradients);
  const factor = maxNorm / (norm + 1e-6);
  if (Number.isFinite(norm) && factor < 1) scaleGradients(gradients, factor);
  return norm;
}
