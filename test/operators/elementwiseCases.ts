import * as e from '../../src/engine/index.js';
import { at, broadcastPair, broadcastShape, type Fill, type OperatorCase, shapeOf, tabulate } from './cases.js';

/** Error function by its series, good to 1e-12 for |x| < 4. */
export function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

export const unary = (
  build: (x: e.Value) => e.Value,
  plain: (x: number) => number,
  fill: Fill = 'any',
  family: OperatorCase['family'] = 'smooth',
): OperatorCase => ({
  family,
  sample: (draw) => ({
    inputs: [{ shape: shapeOf(draw, draw.whole(0, 3)), fill }],
    build,
    reference: (x) => Array.from(x.data, plain),
  }),
});

export const binary = (
  build: (a: e.Value, b: e.Value) => e.Value,
  plain: (a: number, b: number) => number,
  fill: readonly [Fill, Fill] = ['any', 'any'],
  family: OperatorCase['family'] = 'exact',
): OperatorCase => ({
  family,
  sample: (draw) => {
    const [left, right] = broadcastPair(draw);
    return {
      inputs: [
        { shape: left, fill: fill[0] },
        { shape: right, fill: fill[1] },
      ],
      build,
      reference: (a, b) => tabulate(broadcastShape(a.shape, b.shape), (index) => plain(at(a, index), at(b, index))),
    };
  },
});

const step = (plainCase: OperatorCase): OperatorCase => ({ ...plainCase, noGradient: 'it is a step function' });

const comparison = (build: (a: e.Value, b: e.Value) => e.Value, plain: (a: number, b: number) => boolean) =>
  step(
    binary(
      (a, b) => e.cast(build(a, b), 'float32'),
      (a, b) => Number(plain(a, b)),
      ['distinct', 'distinct'],
    ),
  );

const logical = (build: (a: e.Value, b: e.Value) => e.Value, plain: (a: boolean, b: boolean) => boolean) =>
  step(
    binary(
      (a, b) => e.cast(build(e.greater(a, 0), e.greater(b, 0)), 'float32'),
      (a, b) => Number(plain(a > 0, b > 0)),
      ['distinct', 'distinct'],
    ),
  );

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export const elementwiseCases = {
  abs: unary(e.abs, Math.abs, { awayFrom: [0] }, 'exact'),
  add: binary(e.add, (a, b) => a + b),
  addAll: {
    family: 'exact',
    sample: (draw) => {
      const [left, right] = broadcastPair(draw);
      const inputs = [left, right, left].map((shape) => ({ shape, fill: 'any' as const }));
      return {
        inputs,
        build: (...values) => e.addAll(values),
        reference: (a, b, c) =>
          tabulate(broadcastShape(left, right), (index) => at(a, index) + at(b, index) + at(c, index)),
      };
    },
  },
  cast: {
    family: 'smooth',
    sample: (draw) => ({
      inputs: [{ shape: shapeOf(draw, 2), fill: 'any' }],
      build: (x) => e.cast(e.cast(x, 'float32'), 'float32'),
      reference: (x) => x.data,
    }),
  },
  clamp: unary(
    (x) => e.clamp(x, -1, 1.5),
    (x) => Math.min(Math.max(x, -1), 1.5),
    { awayFrom: [-1, 1.5] },
    'exact',
  ),
  cos: unary(e.cos, Math.cos),
  div: binary(e.div, (a, b) => a / b, ['any', 'positive'], 'smooth'),
  equal: step(
    binary(
      (a, b) => e.cast(e.equal(e.round(a), e.round(b)), 'float32'),
      (a, b) => Number(Math.round(a) === Math.round(b)),
      [{ awayFrom: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] }, { awayFrom: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] }],
    ),
  ),
  erf: unary(e.erf, erf),
  exp: unary(e.exp, Math.exp),
  floor: step(unary(e.floor, Math.floor, { awayFrom: [-3, -2, -1, 0, 1, 2, 3] })),
  gelu: {
    family: 'smooth',
    sample: (draw) => {
      const approximate = draw.pick(['none', 'tanh'] as const);
      const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
      return {
        inputs: [{ shape: shapeOf(draw, 2), fill: 'any' }],
        build: (x) => e.gelu(x, { approximate }),
        reference: (x) =>
          Array.from(x.data, (value) =>
            approximate === 'none'
              ? (value * (1 + erf(value * Math.SQRT1_2))) / 2
              : (value * (1 + Math.tanh(inner(value)))) / 2,
          ),
      };
    },
  },
  greater: comparison(e.greater, (a, b) => a > b),
  greaterOrEqual: comparison(e.greaterOrEqual, (a, b) => a >= b),
  hardSigmoid: unary(e.hardSigmoid, (x) => Math.min(Math.max(x + 3, 0), 6) / 6, { awayFrom: [-3, 3] }, 'exact'),
  hardSwish: unary(e.hardSwish, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, { awayFrom: [-3, 3] }),
  less: comparison(e.less, (a, b) => a < b),
  lessOrEqual: comparison(e.lessOrEqual, (a, b) => a <= b),
  log: unary(e.log, Math.log, 'positive'),
  logicalAnd: logical(e.logicalAnd, (a, b) => a && b),
  logicalNot: logical(
    (a, b) => e.logicalAnd(e.logicalNot(a), b),
    (a, b) => !a && b,
  ),
  logicalOr: logical(e.logicalOr, (a, b) => a || b),
  maximum: binary(e.maximum, Math.max, ['distinct', 'distinct']),
  minimum: binary(e.minimum, Math.min, ['distinct', 'distinct']),
  mul: binary(e.mul, (a, b) => a * b),
  neg: unary(e.neg, (x) => -x, 'any', 'exact'),
  pow: binary(e.pow, (a, b) => a ** b, ['positive', 'any'], 'smooth'),
  reciprocal: unary(e.reciprocal, (x) => 1 / x, 'positive'),
  relu: unary(e.relu, (x) => Math.max(x, 0), { awayFrom: [0] }, 'exact'),
  round: step(unary(e.round, Math.round, { awayFrom: [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5] })),
  sigmoid: unary(e.sigmoid, sigmoid),
  sign: step(unary(e.sign, Math.sign, { awayFrom: [0] })),
  sin: unary(e.sin, Math.sin),
  softplus: unary(e.softplus, (x) => Math.log1p(Math.exp(x))),
  softsign: unary(e.softsign, (x) => x / (1 + Math.abs(x)), { awayFrom: [0] }),
  sqrt: unary(e.sqrt, Math.sqrt, 'positive'),
  sub: binary(e.sub, (a, b) => a - b),
  tanh: unary(e.tanh, Math.tanh),
  where: {
    family: 'exact',
    sample: (draw) => {
      const [left, right] = broadcastPair(draw);
      const shape = broadcastShape(left, right);
      return {
        inputs: [
          {
            shape,
            fill: shape.reduce<number[]>(
              (list, size) => Array.from({ length: (list.length || 1) * size }, (_, i) => ((i * 7) % 3 === 0 ? 1 : 0)),
              [],
            ),
            type: 'bool',
          },
          { shape: left, fill: 'any' },
          { shape: right, fill: 'any' },
        ],
        build: (condition, a, b) => e.where(condition, a, b),
        reference: (condition, a, b) =>
          tabulate(shape, (index) => (at(condition, index) ? at(a, index) : at(b, index))),
      };
    },
  },
  zerosLike: { ...unary(e.zerosLike, () => 0), noGradient: 'it reads only the shape' },
} satisfies Record<string, OperatorCase>;
