import { expect, it } from 'vitest';
import { compile, constant, createScope, floatTensor, type HostTensor } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { colourAskedFor } from './colourAskedFor.js';

const [red, blue] = [3, 7];
/** Three things in a row of cells: all red, all blue, and half of each. */
const shares = new Float32Array(12 * 3);
for (const [colour, thing, share] of [
  [red, 0, 1],
  [blue, 1, 1],
  [red, 2, 0.5],
  [blue, 2, 0.5],
])
  shares[colour * 3 + thing] = share;

/** What each thing gets in a sentence of the words given, where word 1 asks for red, 2 rules red out and 3 says nothing. */
async function toldFor(words: readonly number[], padded = 0): Promise<number[]> {
  const [length, width] = [words.length, 4];
  const vectors = new Float32Array(length * width);
  for (const [at, word] of words.entries()) vectors[at * width + word] = 1;
  const scope = createScope({ training: false });
  const asked = colourAskedFor(scope, constant(shares, [1, 12, 1, 3]), {
    words: constant(vectors, [1, length, width]),
    own: constant(vectors, [1, length, width]),
    mask: constant(
      words.map((_, at) => Number(at < length - padded)),
      [1, length, 1],
    ),
  });
  const compiled = await compile({ asked }, { runtime: onnxruntimeNode });
  const votes = new Float32Array(24 * width);
  votes[red * width + 1] = 12;
  votes[(12 + red) * width + 2] = 12;
  const results = await compiled.run({ 'votes.weight': floatTensor(votes, [24, width]) });
  await compiled.release();
  return [...((results as Record<string, HostTensor>).asked.data as Float32Array)];
}

it('things without the asked colour lie below those that have it, the more the less they have of it', async () => {
  const told = await toldFor([3, 1]);
  for (const [thing, expected] of [0, -1, -0.5].entries()) expect(Math.abs(told[thing] - expected)).toBeLessThan(0.1);
});

it('a colour that is ruled out lowers the things that have it', async () => {
  const told = await toldFor([3, 2]);
  for (const [thing, expected] of [-1, 0, -0.5].entries()) expect(Math.abs(told[thing] - expected)).toBeLessThan(0.1);
});

it('without a vote, or with one in the padding alone, nothing is told', async () => {
  for (const value of await toldFor([3, 3])) expect(value).toBeCloseTo(0, 6);
  for (const value of await toldFor([3, 1], 1)) expect(value).toBeCloseTo(0, 6);
});
