import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prediction } from './predictor.js';
import { predictViews, turnPlanes, type ViewTurn, viewCounts } from './views.js';

const [height, width] = [2, 3];
const predictionOf = (margins: Float32Array, exists: Float32Array | null): Prediction => ({
  margins,
  marginHeight: height,
  marginWidth: width,
  alignCorners: false,
  exists,
});

describe('turned planes', () => {
  it.each([
    [null, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['flip-horizontal', [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]],
    ['flip-vertical', [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]],
    ['rotate-180', [6, 5, 4, 3, 2, 1, 12, 11, 10, 9, 8, 7]],
  ] as const)('%s turns each plane by itself, and undoes itself', (turn, expected) => {
    const planes = Float32Array.from({ length: 12 }, (_, index) => index + 1);
    const turned = turnPlanes(planes, height, width, turn);
    expect([...turned]).toEqual(expected);
    expect([...turnPlanes(turned, height, width, turn)]).toEqual([...planes]);
    expect(planes[0]).toBe(1);
  });
});

describe('several views', () => {
  it('of a model that answers turned pictures by turned masks give what one view gives', async () => {
    const numbers = fc.float({ min: -20, max: 20, noNaN: true });
    const rows = 2;
    const answers = fc.array(numbers, { minLength: rows * height * width, maxLength: rows * height * width });
    await fc.assert(
      fc.asyncProperty(answers, fc.constantFrom(...viewCounts), async (answer, views) => {
        const margins = Float32Array.from(answer);
        const exists = margins.slice(0, rows);
        const ask = async (turn: ViewTurn) => predictionOf(turnPlanes(margins, height, width, turn), exists);
        const seen = await predictViews(['the leftmost car', 'all ships'], views, ask);
        for (const [cell, value] of seen.margins.entries()) expect(value).toBeCloseTo(margins[cell], 3);
        for (const [row, value] of (seen.exists ?? []).entries()) expect(value).toBeCloseTo(exists[row], 3);
      }),
    );
  });

  it('turn the words with the picture and average the logits', async () => {
    const asked: [ViewTurn, readonly string[]][] = [];
    const seen = await predictViews(['the car at the top left'], 4, async (turn, sentences) => {
      asked.push([turn, sentences]);
      return predictionOf(new Float32Array(6).fill(asked.length), Float32Array.of(10 * asked.length));
    });
    expect(asked).toEqual([
      [null, ['the car at the top left']],
      ['flip-horizontal', ['the car at the top right']],
      ['flip-vertical', ['the car at the bottom left']],
      ['rotate-180', ['the car at the bottom right']],
    ]);
    expect([...seen.margins]).toEqual(new Array(6).fill(2.5));
    expect([...(seen.exists ?? [])]).toEqual([25]);
  });

  it('count for the sentences alone whose words can follow', async () => {
    // The small form of this letter has another length, and the sentence is left alone.
    const stays = 'the left car of İzmir';
    const ask = async (turn: ViewTurn, sentences: readonly string[]) => {
      expect(sentences).toEqual([stays, turn === 'flip-horizontal' ? 'the right car' : 'the left car']);
      return predictionOf(
        Float32Array.from({ length: 12 }, (_, cell) => (cell < 6 ? 1 : 2) + (turn ? 10 : 0)),
        null,
      );
    };
    const { margins, exists } = await predictViews([stays, 'the left car'], 2, ask);
    expect([...margins]).toEqual([1, 1, 1, 1, 1, 1, 7, 7, 7, 7, 7, 7]);
    expect(exists).toBeNull();
  });

  it('are not asked for where no sentence can follow', async () => {
    let asked = 0;
    const ask = async () => predictionOf(new Float32Array(6).fill(++asked), null);
    const { margins } = await predictViews(['the left car of İzmir'], 4, ask);
    expect([asked, margins[0]]).toEqual([1, 1]);
  });
});
