import {
  add,
  concat,
  constant,
  div,
  expand,
  log,
  matmul,
  mul,
  permute,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  type Value,
} from '../../engine/index.js';

/** Sum of all that comes before each place, its own half included: a matrix that a line [.., size] is multiplied by. */
export function halfSums(size: number): Value {
  const data = new Float32Array(size * size);
  for (let from = 0; from < size; from++) {
    for (let to = from; to < size; to++) data[from * size + to] = from === to ? 0.5 : 1;
  }
  return constant(data, [size, size]);
}

/** Tells the first few of many apart. */
export const logarithm = (share: Value): Value => mul(log(add(share, 0.01)), 0.5);

/** Middles of the places of a line from -1 to 1 [1, 1, 1, size]. */
export function coordinatesAlong(size: number): Value {
  const middles = Float32Array.from({ length: size }, (_, at) => ((at + 0.5) / size) * 2 - 1);
  return constant(middles, [1, 1, 1, size]);
}

/**
 * Where each place of a line lies, by itself and among the candidates: coordinate, coordinate in deviations from the
 * candidates' mean, share of the candidates before it, and the logarithms of both shares, which tell the first few apart.
 * @param mass candidates of each place [B, 1, 1, size]
 * @returns [B, 5, 1, size]
 */
export function placesAlong(mass: Value): Value {
  const size = mass.shape[3];
  const at = coordinatesAlong(size);
  const total = add(sum(mass, [3], { keep: true }), 0.5); // [B, 1, 1, 1]
  const average = (value: Value): Value => div(sum(mul(mass, value), [3], { keep: true }), total);
  const fromMean = sub(at, average(at));
  const inDeviations = tanh(div(fromMean, mul(sqrt(add(average(square(fromMean)), 1e-3)), 2)));
  const before = div(matmul(mass, halfSums(size)), total); // [B, 1, 1, size], 0 .. 1
  return concat([expand(at, before.shape), inDeviations, before, logarithm(before), logarithm(sub(1, before))], 1);
}

/**
 * Where the columns and rows of a map lie among the candidates in it.
 * @param candidates [B, 1, h, w]
 * @returns across [B, 5, 1, w] and down [B, 5, h, 1]
 */
export function placesAlongAxes(candidates: Value): { across: Value; down: Value } {
  const turned = (value: Value): Value => permute(value, [0, 1, 3, 2]);
  const across = placesAlong(sum(candidates, [2], { keep: true }));
  return { across, down: turned(placesAlong(turned(sum(candidates, [3], { keep: true })))) };
}
