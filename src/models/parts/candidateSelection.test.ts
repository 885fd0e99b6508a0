import { expect, it } from 'vitest';
import { compile, constant, createScope, floatTensor, type HostTensor, initialise } from '../../engine/index.js';
import { onnxruntimeNode } from '../../runtimes/onnxruntimeNode.js';
import { candidateSelection } from './candidateSelection.js';
import { foregroundMargin } from './foregroundMargin.js';

const [height, width] = [8, 16];
/** Columns where a thing of two by two cells begins. */
const columns = [1, 5, 9, 13];

it('raises the thing whose rank a word votes for above all others', async () => {
  const candidates = new Float32Array(2 * height * width).fill(-4);
  for (const row of [3, 4]) {
    for (const column of columns)
      candidates.fill(4, (height + row) * width + column, (height + row) * width + column + 2);
  }
  const logits = constant(candidates, [1, 2, height, width]);
  const scope = createScope({ training: false });
  const words = {
    states: constant(new Float32Array(3 * 4), [1, 3, 4]),
    mask: constant([1, 1, 0], [1, 3, 1]),
    ids: constant([1, 2, 3], [1, 3], 'int64'),
    vocabularySize: 4,
  };
  const chosen = candidateSelection(scope, { logits, words, colours: null, asRead: null }, { width: 8, things: true });
  const compiled = await compile({ margin: foregroundMargin(chosen) }, { runtime: onnxruntimeNode });
  /** Margins that the selection adds at each thing, where the word 2 votes for one rank of one side. */
  const addedFor = async (rank: number): Promise<number[]> => {
    const feeds: Record<string, HostTensor> = {};
    for (const { name, shape, initialiser } of scope.declared.parameters.values()) {
      const data = initialise(initialiser, shape, 1, name);
      // Word 2 is the vector that has its first number alone; padding (word 3) has it too, and must not count.
      if (name === 'asked.word_embeddings')
        for (let word = 0; word < 4; word++) data.fill(0, word * 64, (word + 1) * 64);
      if (name === 'asked.word_embeddings') data[2 * 64] = 1;
      if (name === 'asked.word_embeddings') data[3 * 64] = -1;
      if (name === 'rank.votes.weight') data[rank * 64] = 20;
      feeds[name] = floatTensor(data, shape);
    }
    const { margin } = (await compiled.run(feeds)) as Record<string, HostTensor>;
    return columns.map((column) => Number(margin.data[3 * width + column]));
  };
  const [left, right] = [0, 8];
  for (const [rank, expected] of [
    [left, 0],
    [left + 2, 2],
    [right, 3],
    [right + 1, 2],
  ]) {
    const added = await addedFor(rank);
    expect(added[expected], `rank ${rank}`).toBeGreaterThan(6);
    for (const [place, value] of added.entries()) if (place !== expected) expect(value).toBeLessThan(0);
  }
  await compiled.release();
});
