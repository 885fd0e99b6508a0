import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmptySentence } from './emptySentence.js';
import { encodeSentence } from './encodeSentence.js';
import { tokenizerFromJson, tokenizerFromVocabulary, tokenizerToJson } from './tokenizer.js';
import { buildVocabulary } from './vocabulary.js';
import { countWords, wordListFromText, wordListToText } from './wordList.js';
import { wordPieces } from './wordPiece.js';

const fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/text/bertSentences.json', import.meta.url), 'utf8'),
) as { vocabulary: string[]; cases: [string, number[]][] };
const bert = tokenizerFromVocabulary(`${fixture.vocabulary.join('\n')}\n`);
const idsOf = (tokenizer: typeof bert, sentence: string): number[] => {
  const { ids, mask } = encodeSentence(tokenizer, sentence, 512);
  return [...ids].filter((_, index) => mask[index] === 1);
};

describe("BERT's tokeniser", () => {
  it('gives the tokens of transformers for 210 sentences, from vocab.txt and from tokenizer.json', () => {
    const fromJson = tokenizerFromJson(tokenizerToJson(bert));
    for (const [sentence, ids] of fixture.cases) {
      expect(idsOf(bert, sentence), JSON.stringify(sentence)).toEqual(ids);
      expect(idsOf(fromJson, sentence), JSON.stringify(sentence)).toEqual(ids);
    }
    expect(tokenizerToJson(fromJson)).toBe(tokenizerToJson(bert));
  });

  it('takes any text, and leaves no half of a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (sentence) => {
        const { ids, mask } = encodeSentence(bert, sentence, 20);
        expect(ids[0]).toBe(bert.specialIds.start);
        expect(ids[mask.lastIndexOf(1)]).toBe(bert.specialIds.end);
        for (const id of ids) expect(bert.tokenOf(id)).toBeTypeOf('string');
      }),
    );
  });

  it('can keep case and accents', () => {
    const cased = tokenizerFromVocabulary(['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'É', 'e'], {
      lowerCase: false,
      stripAccents: false,
    });
    expect(cased.tokens('É e E')).toEqual(['É', 'e', '[UNK]']);
    expect(tokenizerFromJson(tokenizerToJson(cased)).tokens('É e E')).toEqual(['É', 'e', '[UNK]']);
  });

  it('refuses vocabularies that cannot serve', () => {
    expect(() => tokenizerFromVocabulary('[PAD]\n[UNK]\n[CLS]\n', { source: 'v.txt' })).toThrow(
      'v.txt: the vocabulary lacks [SEP]',
    );
    expect(() => tokenizerFromVocabulary('a\nb\na')).toThrow('"a" stands in lines 1 and 3');
    expect(() => tokenizerFromJson('{')).toThrow('tokenizer.json: not valid JSON');
    expect(() => tokenizerFromJson('{"model":{"type":"BPE","vocab":{}}}')).toThrow('not a tokeniser of BERT');
    const holes = JSON.parse(tokenizerToJson(bert)) as { model: { vocab: Record<string, number> } };
    holes.model.vocab.the = 5000;
    expect(() => tokenizerFromJson(JSON.stringify(holes))).toThrow('the id 5000 of "the" is taken or beyond');
  });
});

describe('a sentence', () => {
  it.each(['', '   ', '\u200b', ' \t\n\u00ad\u200b\u3000', '\ufeff'])('without a word is empty: %j', (sentence) => {
    expect(isEmptySentence(sentence)).toBe(true);
    expect(bert.tokens(sentence)).toEqual([]);
  });

  it.each(['a', '车', '?', '\u200ba'])('with a word is not: %j', (sentence) => {
    expect(isEmptySentence(sentence)).toBe(false);
  });
});

describe('an encoded sentence', () => {
  it('keeps [SEP] when it is cut, and says so', () => {
    const long = encodeSentence(bert, 'the red car on the top left', 6);
    expect([...long.ids].map((id) => bert.tokenOf(id))).toEqual(['[CLS]', 'the', 'red', 'car', 'on', '[SEP]']);
    expect(long).toMatchObject({ truncated: true, tokenCount: 9 });
    const short = encodeSentence(bert, 'the car', 6);
    expect([...short.ids].map((id) => bert.tokenOf(id))).toEqual(['[CLS]', 'the', 'car', '[SEP]', '[PAD]', '[PAD]']);
    expect([...short.mask]).toEqual([1, 1, 1, 1, 0, 0]);
    expect(short).toMatchObject({ truncated: false, unknownWords: [] });
    expect(() => encodeSentence(bert, 'a', 2)).toThrow('at least 3');
  });

  it('names the words that were never seen: without pieces, or not in the training list', () => {
    expect(encodeSentence(bert, 'the 漢 car, the 漢!', 20).unknownWords).toEqual(['漢']);
    const seenWords = countWords(bert, ['The red car.', 'a red bus']);
    expect(encodeSentence(bert, 'The RED harbour, the car', 20, { seenWords }).unknownWords).toEqual(['harbour']);
  });
});

describe('wordPieces', () => {
  const model = {
    vocabulary: new Map([
      ['runway', 0],
      ['run', 1],
      ['##way', 2],
      ['##s', 3],
      ['r', 4],
    ]),
    unknownToken: '[UNK]',
    prefix: '##',
    maxWordCharacters: 100,
  };
  it.each([
    ['runway', false, ['runway']],
    ['runway', true, ['run', '##way']],
    ['runways', false, ['runway', '##s']],
    ['runx', false, ['[UNK]']],
    ['r', true, ['r']],
    ['run', true, ['run']],
  ])('of %s (split: %s)', (word, splitWhole, pieces) => {
    expect(wordPieces(word, model, { splitWhole })).toEqual(pieces);
  });
});

describe('a vocabulary of our own', () => {
  const sentences = [
    'the large airplane on the left',
    'the small airplane near the runway',
    'airplanes on the apron',
    'two large storage tanks near the runway',
    '左边的飞机',
    '左上角的飞机',
  ];
  const tokenizer = buildVocabulary(sentences);

  it('has whole words, pieces and characters, and spells unknown words', () => {
    expect(tokenizer.tokens('the large airplane')).toEqual(['the', 'large', 'airplane']);
    const spelt = tokenizer.tokens('airport');
    expect(spelt.length).toBeGreaterThan(1);
    expect(spelt).not.toContain('[UNK]');
    expect(spelt.map((piece) => piece.replace('##', '')).join('')).toBe('airport');
    expect(tokenizer.tokens('飞机')).toEqual(['飞', '机']);
    expect(tokenizer.tokens('the Ω')).toEqual(['the', '[UNK]']);
    expect(tokenizer.tokens('theΩ')).toEqual(['[UNK]']);
  });

  it('does not depend on the order, and comes back from its tokenizer.json', () => {
    expect(tokenizerToJson(buildVocabulary([...sentences].reverse()))).toBe(tokenizerToJson(tokenizer));
    const back = tokenizerFromJson(tokenizerToJson(tokenizer));
    for (const sentence of [...sentences, 'harbours & ships'])
      expect(back.tokens(sentence)).toEqual(tokenizer.tokens(sentence));
  });

  it('spells every word of ASCII, whatever the sentences', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), fc.integer({ min: 0, max: 400 }), (trained, asked, maxTokens) => {
        const built = buildVocabulary(trained, { maxTokens, minCount: 1 });
        const raw = asked.replace(/\[(UNK|CLS|SEP|PAD|MASK)\]/g, '');
        expect(built.tokens(raw)).not.toContain('[UNK]');
        if (maxTokens > 250) expect(built.vocabulary.size).toBeLessThanOrEqual(maxTokens);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a word list', () => {
  it('counts words without punctuation, and comes back from its text', () => {
    const list = countWords(bert, ['the car, the bus', 'The car!']);
    expect([...list.counts]).toEqual([
      ['the', 3],
      ['car', 2],
      ['bus', 1],
    ]);
    expect(wordListFromText(wordListToText(list))).toEqual(list);
    expect(() => wordListFromText('car 3')).toThrow('words.txt: line 1 is not a word');
  });
});
