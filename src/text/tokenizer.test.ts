import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEmptySentence } from './emptySentence.js';
import { encodeSentence } from './encodeSentence.js';
import { tokenizerConfigJson, tokenizerFromJson, tokenizerFromVocabulary, tokenizerToJson } from './tokenizer.js';
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
    expect(cased.tokens('E e')).toEqual(['[UNK]', 'e']);
  });

  it('keeps the limits and added tokens of a tokenizer.json', () => {
    const json = JSON.parse(tokenizerToJson(bert)) as {
      added_tokens: { id: number; content: string }[];
      model: { max_input_chars_per_word: number };
    };
    const changed = (change: (copy: typeof json) => void): string => {
      const copy = structuredClone(json);
      change(copy);
      return JSON.stringify(copy);
    };
    expect(bert.tokens('the car')).toEqual(['the', 'car']);
    const short = tokenizerFromJson(
      changed(({ model }) => {
        model.max_input_chars_per_word = 2;
      }),
    );
    expect(short.tokens('the a')).toEqual(['[UNK]', 'a']);
    const { size } = bert.vocabulary;
    const more = tokenizerFromJson(
      changed(({ added_tokens: added }) => {
        added.push({ id: size, content: '<ship' }, { id: size + 1, content: '<ship>' });
      }),
    );
    expect(more.tokens('a<ship>the')).toEqual(['a', '<ship>', 'the']);
    const other = changed(({ added_tokens: added }) => {
      added[0].id += 1;
    });
    expect(() => tokenizerFromJson(other)).toThrow(/has the id \d+ in the vocabulary and \d+ among the added tokens/);
  });

  it('tells transformers how it was made', () => {
    const cased = tokenizerFromVocabulary(['[PAD]', '[UNK]', '[CLS]', '[SEP]'], { lowerCase: false });
    expect(JSON.parse(tokenizerConfigJson(cased, 20))).toMatchObject({ do_lower_case: false, model_max_length: 20 });
    expect(JSON.parse(tokenizerConfigJson(bert, 12))).toMatchObject({ do_lower_case: true, model_max_length: 12 });
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
    expect(encodeSentence(bert, 'the [MASK] car', 20, { seenWords }).unknownWords).toEqual([]);
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
      ['rs', 5],
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
    ['rs', false, ['rs']],
    ['rs', true, ['r', '##s']],
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

  it('has the words seen often enough, the most frequent first, whatever the order', () => {
    const seen = ['ship ship ship', 'port dock', 'dock port', 'tank'];
    const wordsOf = (sentences: string[], options = {}) =>
      [...buildVocabulary(sentences, { maxPieces: 0, ...options }).vocabulary.keys()].filter((token) =>
        /^\w{2,}$/.test(token),
      );
    expect(wordsOf(seen)).toEqual(['ship', 'dock', 'port']);
    expect(wordsOf(seen.toReversed())).toEqual(['ship', 'dock', 'port']);
    expect(wordsOf(seen, { minCount: 1 })).toEqual(['ship', 'dock', 'port', 'tank']);
    expect(wordsOf(seen, { minCount: 3 })).toEqual(['ship']);
    const most = buildVocabulary(seen, { maxPieces: 0 }).vocabulary.size - 1;
    expect(wordsOf(seen, { maxTokens: most })).toEqual(['ship', 'dock']);
  });

  it('learns the pieces that stand together twice or more, one after the other', () => {
    const piecesOf = (sentences: string[], options = {}) =>
      [...buildVocabulary(sentences, { minCount: 100, ...options }).vocabulary.keys()].filter((token) =>
        /^(##\w{2,}|\w{2,})$/.test(token),
      );
    expect(piecesOf(['ab'])).toEqual([]);
    expect(piecesOf(['ab', 'ab'])).toEqual(['ab']);
    // a ##a ##a ##a ##a ##a: of the five that continue, two pairs can be joined, and a pair of these stands there once.
    expect(piecesOf(['aaaaaa'])).toEqual(['##aa']);
    // ##b ##c and a ##b stand there three times each: the first in order is joined, which leaves a ##b but once.
    expect(piecesOf(['abc abc abd', 'xbc'])).toEqual(['##bc', 'abc']);
    expect(piecesOf(['abcd abcd'], { maxPieces: 2 })).toHaveLength(2);
  });

  it('gives pieces the room that words leave', () => {
    const sentences = ['harbour harbour harbour terminal terminal refinery refinery container container'];
    const none = buildVocabulary(sentences, { maxPieces: 0, minCount: 3 }).vocabulary.size - 1;
    const built = buildVocabulary(sentences, { minCount: 3, maxTokens: none + 9 });
    expect(built.vocabulary.size).toBe(none + 9);
    expect(built.vocabulary.has('harbour')).toBe(true);
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
