import type { Scope } from '../scope.js';
import type { Value } from '../value.js';
import { mul } from './arithmetic.js';

function checkRate(rate: number, what: string): void {
  if (!(rate >= 0 && rate < 1)) throw new Error(`${what}: the rate ${rate} is not at least 0 and below 1`);
}

/**
 * Sets each element to zero with probability `rate` and scales the others by 1 / (1 - rate) in training (Srivastava et
 * al. 2014); gives x itself in evaluation. The mask is the random input `name` of the scope.
 */
export function dropout(scope: Scope, x: Value, rate: number, name = 'dropout'): Value {
  checkRate(rate, 'dropout');
  if (!scope.training || rate === 0) return x;
  return mul(x, scope.random(name, x.shape, { kind: 'keep', keep: 1 - rate }));
}

/**
 * Stochastic depth (Huang et al. 2016): drops whole samples of a residual branch, `[B, ...]`, with probability `rate`
 * in training and scales the others by 1 / (1 - rate).
 */
export function dropPath(scope: Scope, x: Value, rate: number, name = 'dropPath'): Value {
  checkRate(rate, 'dropPath');
  if (!scope.training || rate === 0) return x;
  const [batch, ...rest] = x.shape;
  return mul(x, scope.random(name, [batch, ...rest.map(() => 1)], { kind: 'keep', keep: 1 - rate }));
}
