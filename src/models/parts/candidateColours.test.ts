import { expect, it } from 'vitest';
import { compile, constant, createScope, floatTensor, type HostTensor, initialise } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { candidateColours, cellColours } from './candidateColours.js';

const rows = [
  'RRRR........', //
  'RRRR....GGG.',
  'RRRR....GGG.',
  '........GGG.',
  '............',
  '.b..........',
];
const [height, width] = [rows.length, rows[0].length];
const cells = [...rows.join('')];
/** Red, green and blue of what is in the picture; the ground is bright in all. */
const colourOf: Record<string, readonly number[]> = {
  R: [0.75, 0.1, 0.1],
  G: [0.15, 0.5, 0.25],
  b: [0.2, 0.3, 0.7],
  '.': [0.95, 0.95, 0.95],
};
/** Places of red, green and blue among the colours. */
const [red, green, blue] = [3, 6, 7];

/** Shares of the colours in all cells, before training. */
async function coloursOf(picture: readonly string[]): Promise<Float32Array> {
  const isCandidate = constant(
    cells.map((cell) => Number(cell !== '.')),
    [1, 1, height, width],
  );
  const colours = constant(
    [0, 1, 2].flatMap((channel) => picture.map((cell) => colourOf[cell][channel])),
    [1, 3, height, width],
  );
  const scope = createScope({ training: false });
  const shares = candidateColours(scope, colours, isCandidate);
  const compiled = await compile({ shares }, { runtime: onnxruntimeNode });
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape: sizes, initialiser } of scope.declared.parameters.values())
    feeds[name] = floatTensor(initialise(initialiser, sizes, 1, name), sizes);
  const results = (await compiled.run(feeds)) as Record<string, HostTensor>;
  await compiled.release();
  return results.shares.data as Float32Array;
}

/** The colour with the largest share in each cell of a thing. */
const coloursIn = (shares: Float32Array, name: string): number[] =>
  cells.flatMap((cell, place) => {
    if (cell !== name) return [];
    const own = Array.from({ length: 12 }, (_, kind) => shares[kind * cells.length + place]);
    return [own.indexOf(Math.max(...own))];
  });

it('each thing has its own colour whatever the ground beside it, and no other cell has any', async () => {
  const shares = await coloursOf(cells);
  expect(new Set(coloursIn(shares, 'R'))).toEqual(new Set([red]));
  expect(new Set(coloursIn(shares, 'G'))).toEqual(new Set([green]));
  expect(new Set(coloursIn(shares, 'b'))).toEqual(new Set([blue]));
  for (const [place, cell] of cells.entries()) {
    let sum = 0;
    for (let kind = 0; kind < 12; kind++) sum += shares[kind * cells.length + place];
    expect(sum, `cell ${place}`).toBeCloseTo(cell === '.' ? 0 : 1, 5);
  }
});

it('a spot on a thing does not change its colour', async () => {
  const picture = cells.map((cell, place) => (place === width + 1 ? 'b' : cell));
  expect(new Set(coloursIn(await coloursOf(picture), 'R'))).toEqual(new Set([red]));
});

it('the colour of a cell is the mean of its pixels', async () => {
  const pixels = Float32Array.from({ length: 3 * 8 * 8 }, (_, at) => Math.floor(at / 64) + (at % 8 < 4 ? 0.5 : 0));
  const compiled = await compile(
    { colours: cellColours(constant(pixels, [1, 3, 8, 8])) },
    { runtime: onnxruntimeNode },
  );
  const { colours } = (await compiled.run({})) as Record<string, HostTensor>;
  await compiled.release();
  expect(colours.shape).toEqual([1, 3, 2, 2]);
  expect([...(colours.data as Float32Array)]).toEqual([0, 1, 2].flatMap((of) => [of + 0.5, of, of + 0.5, of]));
});
