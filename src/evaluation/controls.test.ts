import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dataset, Kind, Sample } from '../datasets/index.js';
import { emptyRle } from '../masks/index.js';
import type { ChosenSample } from './chooseSamples.js';
import { controlSentences } from './controls.js';

const dataset = { root: 'set' } as Dataset;

function chosen(place: number, options: Partial<Sample> & { picture?: number; of?: Dataset } = {}): ChosenSample {
  const { picture = place, of = dataset, ...own } = options;
  const sentence = own.sentence ?? `sentence ${place} of picture ${picture}`;
  const sample: Sample = {
    id: String(place),
    image: { id: picture, file: `${picture}.png`, width: 8, height: 8 },
    split: 'val',
    raw: sentence,
    sentence,
    language: /\p{Script=Han}/u.test(sentence) ? 'zh' : 'en',
    kind: 'single' as Kind,
    targets: [],
    category: 'ship',
    mask: () => emptyRle(8, 8),
    ...own,
  };
  return { id: sample.id, sample, dataset: of };
}

/** Samples of pictures that hold so many each, their order mixed. */
const ofPictures = (counts: readonly number[]): ChosenSample[] => {
  const pictures = counts.flatMap((count, picture) => new Array<number>(count).fill(picture));
  return pictures.map((picture, place) => ({ picture, place })).map(({ picture, place }) => chosen(place, { picture }));
};

describe('the control shuffled', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 12 });

  it('takes every sentence from another picture', () => {
    fc.assert(
      fc.property(counts, fc.nat(), (sizes, seed) => {
        const samples = ofPictures(sizes);
        const { asked, changed, leftOut } = controlSentences(samples, 'shuffled', seed);
        expect([asked.size, changed.size, leftOut]).toEqual([samples.length, samples.length, 0]);
        for (const [{ sample }, sentence] of asked) {
          expect(sentence).toMatch(/^sentence \d+ of picture \d+$/);
          expect(sentence.endsWith(` of picture ${sample.image.id}`)).toBe(false);
        }
        const isExchange = Math.max(...sizes) * 2 <= samples.length;
        if (isExchange) expect(new Set(asked.values()).size).toBe(samples.length);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same for the same seed and another for another', () => {
    const samples = ofPictures([3, 2, 4, 1, 5, 3, 3]);
    const draw = (seed: number) => [...controlSentences(samples, 'shuffled', seed).asked.values()];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('tells pictures of two sets apart, and refuses a single picture', () => {
    const other = { root: 'other' } as Dataset;
    const two = [chosen(0, { picture: 1 }), chosen(1, { picture: 1, of: other, sentence: 'from the other' })];
    expect([...controlSentences(two, 'shuffled', 0).asked.values()]).toEqual([
      'from the other',
      two[0].sample.sentence,
    ]);
    expect(() => controlSentences(ofPictures([3]), 'shuffled', 0)).toThrow(/have but one/);
  });
});

describe('the control category', () => {
  it("asks for the category's word in the sentence's language, and leaves out what names none", () => {
    const samples = [
      chosen(0, { sentence: 'the white one at the pier', category: 'storage_tank' }),
      chosen(1, { sentence: '左边的船', category: 'ship' }),
      chosen(2, { sentence: '蓝色的东西', category: 'Bouncy Castle' }),
      chosen(3, { sentence: 'the airport', kind: 'none', category: 'no target' }),
      chosen(4, { sentence: 'the road', category: '' }),
      chosen(5, { sentence: 'ship', category: 'ship' }),
    ];
    const { asked, changed, leftOut } = controlSentences(samples, 'category', 0);
    expect([...asked].map(([{ id }, sentence]) => [id, sentence])).toEqual([
      ['0', 'storage tank'],
      ['1', '船'],
      ['2', 'bouncy castle'],
      ['5', 'ship'],
    ]);
    expect([...changed].map(({ id }) => id)).toEqual(['0', '1', '2']);
    expect(leftOut).toBe(2);
  });

  it('refuses samples without categories', () => {
    expect(() => controlSentences([chosen(0, { category: '' })], 'category', 0)).toThrow(/changes none of the 1/);
  });
});

describe('the control mirrored', () => {
  it('exchanges left and right, top and bottom, and keeps what names no side', () => {
    const sentences = ['the ship at the top left', '右下角的车', 'the red car', 'the northern road'];
    const samples = sentences.map((sentence, place) => chosen(place, { sentence }));
    const { asked, changed, leftOut } = controlSentences(samples, 'mirrored', 0);
    expect([...asked.values()]).toEqual([
      'the ship at the bottom right',
      '左上角的车',
      'the red car',
      'the southern road',
    ]);
    expect([changed.size, leftOut]).toEqual([3, 0]);
  });

  it('leaves out a sentence whose words cannot be exchanged', () => {
    const samples = ['the lower red building', 'the left car'].map((sentence, place) => chosen(place, { sentence }));
    const { asked, leftOut } = controlSentences(samples, 'mirrored', 0);
    expect([...asked.values()]).toEqual(['the right car']);
    expect(leftOut).toBe(1);
  });
});
