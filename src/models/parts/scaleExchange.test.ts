import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CompiledFunction,
  compile,
  createScope,
  floatTensor,
  type HostTensor,
  input,
} from '../../engine/index.js';
import { createRandom } from '../../random/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { scaleExchange } from './scaleExchange.js';
import { comparedSlopes, parameterFeeds } from './testGradients.js';

const width = 4;
const sentenceWidth = 6;
/** Channels and side of each scale. */
const scales = [
  { channels: 3, side: 4 },
  { channels: 5, side: 2 },
];
const shapes = scales.map(({ channels, side }) => [1, channels, side, side]);

const random = createRandom('scale exchange');
const noise = (shape: readonly number[], deviation = 1): Float32Array =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => deviation * random.normal());

const scope = createScope({ training: true });
const maps = shapes.map((shape, scale) => input(`map${scale}`, shape));
const trunkMaps = shapes.map((shape, scale) => input(`trunk${scale}`, shape));
const outputs = scaleExchange(scope, maps, trunkMaps, input('sentence', [1, sentenceWidth]), {
  kind: 'exchange',
  width,
});
const parameters = new Map([...scope.declared.parameters].map(([name, { shape }]) => [name, noise(shape, 0.5)]));
const given: Record<string, Float32Array> = { sentence: noise([sentenceWidth]) };
for (const [scale, shape] of shapes.entries()) {
  given[`map${scale}`] = noise(shape);
  given[`trunk${scale}`] = noise(shape);
}

const feeds = {
  ...Object.fromEntries(
    shapes.flatMap((shape, scale) =>
      [`map${scale}`, `trunk${scale}`].map((name): [string, HostTensor] => [name, floatTensor(given[name], shape)]),
    ),
  ),
  sentence: floatTensor(given.sentence, [1, sentenceWidth]),
};
/** A map as one array a channel, of side x side numbers. */
type Channels = number[][];

const channelsOf = (data: Float32Array, side: number): Channels =>
  Array.from({ length: data.length / side ** 2 }, (_, at) => [...data.slice(at * side ** 2, (at + 1) * side ** 2)]);

const product = (rows: Channels, name: string): Channels => {
  const [weight, bias] = [parameters.get(`${name}.weight`)!, parameters.get(`${name}.bias`)!];
  return [...bias].map((start, to) =>
    rows[0].map((_, cell) =>
      rows.reduce((total, row, from) => total + weight[to * rows.length + from] * row[cell], start),
    ),
  );
};

/** Means of squares of four where the map is larger, bilinear between the middles of cells where it is smaller. */
function resized(map: Channels, from: number, to: number): Channels {
  if (from === to) return map;
  const cells = Array.from({ length: to * to }, (_, at) => [Math.floor(at / to), at % to]);
  if (from > to) {
    return map.map((values) =>
      cells.map(([row, column]) => {
        const first = 2 * row * from + 2 * column;
        return (values[first] + values[first + 1] + values[first + from] + values[first + from + 1]) / 4;
      }),
    );
  }
  const taps = (place: number): [number, number, number] => {
    const at = Math.max(0, ((place + 0.5) * from) / to - 0.5);
    const low = Math.floor(at);
    return [low, Math.min(from - 1, low + 1), at - low];
  };
  return map.map((values) =>
    cells.map(([row, column]) => {
      const [[top, bottom, down], [left, right, across]] = [taps(row), taps(column)];
      const along = (line: number) => values[line * from + left] * (1 - across) + values[line * from + right] * across;
      return along(top) * (1 - down) + along(bottom) * down;
    }),
  );
}

/** The error function, by its series. */
function erf(x: number): number {
  if (Math.abs(x) > 4.5) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}
const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function modulated(map: Channels, name: string): Channels {
  const said = product(
    [...given.sentence].map((value) => [value]),
    name,
  ).map(([value]) => value);
  return map.map((values, channel) => values.map((value) => gelu(value * (said[channel] + 1) + said[channel + width])));
}

/** A line's five features of each place, by their definitions (placesAlong). */
function alongLine(mass: number[]): number[][] {
  const at = mass.map((_, place) => ((place + 0.5) / mass.length) * 2 - 1);
  const total = mass.reduce((sum, value) => sum + value, 0) + 0.5;
  const mean = (of: (place: number) => number): number =>
    mass.reduce((sum, value, place) => sum + value * of(place), 0) / total;
  const middle = mean((place) => at[place]);
  const deviation = Math.sqrt(mean((place) => (at[place] - middle) ** 2) + 1e-3);
  const before = mass.map(
    (own, place) => (mass.slice(0, place).reduce((sum, value) => sum + value, 0) + own / 2) / total,
  );
  const logarithm = (share: number): number => 0.5 * Math.log(share + 0.01);
  return mass.map((_, place) => [
    at[place],
    Math.tanh((at[place] - middle) / (2 * deviation)),
    before[place],
    logarithm(before[place]),
    logarithm(1 - before[place]),
  ]);
}

function placesAmong(map: Channels, side: number, name: string): Channels {
  const evidence = product(map, name).map((values) => values.map(sigmoid));
  const lines = Array.from({ length: side }, (_, at) => at);
  const places = evidence.flatMap((values) => {
    const across = alongLine(lines.map((x) => lines.reduce((sum, y) => sum + values[y * side + x], 0)));
    const down = alongLine(lines.map((y) => lines.reduce((sum, x) => sum + values[y * side + x], 0)));
    const spread = (features: number[][], placeOf: (cell: number) => number): Channels =>
      [0, 1, 2, 3, 4].map((which) => values.map((_, cell) => features[placeOf(cell)][which]));
    return [...spread(across, (cell) => cell % side), ...spread(down, (cell) => Math.floor(cell / side))];
  });
  return [...places, ...evidence];
}

/** What the module gives for a scale, by its definition in float64. */
function expectedOf(scale: number): number[] {
  const { channels, side } = scales[scale];
  const embedded = scales.map((own, at) => {
    const [met, seen] = [`map${at}`, `trunk${at}`].map((name) => channelsOf(given[name], own.side));
    const second = product(seen, `seen.${at}`);
    return product(met, `embed.${at}`).map((values, row) => values.map((value, cell) => value + second[row][cell]));
  });
  const atSize = embedded.map((map, at) => resized(map, scales[at].side, side));
  const together = atSize[0].map((values, row) =>
    values.map((_, cell) => atSize.reduce((total, map) => total + map[row][cell], 0)),
  );
  const asked = modulated(together, `scales.${scale}.film1`);
  const placed = [...asked, ...placesAmong(asked, side, `scales.${scale}.evidence`)];
  const decided = modulated(product(placed, `scales.${scale}.mix`), `scales.${scale}.film2`);
  const both = product(decided, `scales.${scale}.return`);
  return channelsOf(given[`map${scale}`], side).flatMap((values, row) =>
    values.map((value, cell) => value * 2 * sigmoid(both[row][cell]) + both[row + channels][cell]),
  );
}

describe('scaleExchange', () => {
  let compiled: CompiledFunction;
  const run = async (values: ReadonlyMap<string, Float32Array>) =>
    (await compiled.run({ ...feeds, ...parameterFeeds(scope, values) })) as Record<string, HostTensor>;

  beforeAll(async () => {
    const named = Object.fromEntries(outputs.map((value, scale) => [`out${scale}`, value]));
    compiled = await compile(named, { runtime: onnxruntimeNode });
  });
  afterAll(() => compiled.release());

  it('is what its definition says', async () => {
    const results = await run(parameters);
    for (const scale of scales.keys()) {
      const expected = expectedOf(scale);
      for (const [index, value] of expected.entries()) {
        expect(Number(results[`out${scale}`].data[index]), `scale ${scale}, number ${index}`).toBeCloseTo(value, 4);
      }
    }
  });

  it('has the gradients of finite differences', async () => {
    for (const { name, gradient, difference } of await comparedSlopes(scope, outputs, parameters, feeds)) {
      expect(Math.abs(gradient - difference), name).toBeLessThan(0.01 + 0.02 * Math.abs(difference));
    }
  });

  it('begins by leaving every scale as it is', async () => {
    const fresh = new Map(
      [...parameters].map(([name, data]) => [name, name.includes('return') ? new Float32Array(data.length) : data]),
    );
    const results = await run(fresh);
    for (const scale of scales.keys()) {
      expect([...(results[`out${scale}`].data as Float32Array)]).toEqual([...given[`map${scale}`]]);
    }
    for (const [name, { initialiser }] of scope.declared.parameters) {
      if (name.includes('return')) expect(initialiser, name).toEqual({ kind: 'constant', value: 0 });
    }
  });
});
