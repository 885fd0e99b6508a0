import { add, div, matmul, mul, pow, sqrt, sum, type Value } from '../../engine/index.js';

/** a, b, c of the step X <- a X + (b A + c A^2) X with A = X X^T. */
export type NewtonSchulzCoefficients = readonly [number, number, number];

/** Keeps a matrix of zeros from being divided by zero. */
const smallestNorm = 1e-7;

/**
 * Draws the singular values of a matrix together, towards 1, its singular vectors kept: U S V^T becomes about U V^T.
 * Newton and Schulz's iteration with a fifth-degree polynomial (Jordan et al. 2024, "Muon"), in float32.
 * @param matrix [M, N]
 * @param steps of the iteration
 * @returns [M, N]
 */
export function orthogonalise(matrix: Value, steps: number, [a, b, c]: NewtonSchulzCoefficients): Value {
  const [rows, columns] = matrix.shape;
  // The smaller of X X^T and X^T X, so that its square costs little.
  const isTall = rows > columns;
  let x = div(matrix, add(sqrt(sum(pow(matrix, 2), [0, 1], { keep: true })), smallestNorm)); // [M, N], singular values at most 1
  for (let step = 0; step < steps; step++) {
    const square = matmul(x, x, isTall ? { transposeA: true } : { transposeB: true }); // [K, K], K = min(M, N)
    const polynomial = add(mul(square, b), matmul(square, square, { alpha: c }));
    x = add(mul(x, a), isTall ? matmul(x, polynomial) : matmul(polynomial, x));
  }
  return x;
}
