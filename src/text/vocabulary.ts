import { type BertNormaliserOptions, normaliseForBert, splitBertWords } from './bertNormaliser.js';
import { type Tokenizer, tokenizerFromVocabulary, uncasedNormaliser } from './tokenizer.js';

/** The settings of `buildVocabulary`. */
export interface VocabularyOptions {
  /** A word becomes a token when it was seen this often; rarer ones are spelt in pieces. 2 by default. */
  readonly minCount?: number;
  /** At most this many tokens, save that characters always stay; the rarest words fall out first. 8,192 by default. */
  readonly maxTokens?: number;
  /** At most this many pieces of several characters are learnt. 1,000 by default. */
  readonly maxPieces?: number;
  readonly normaliser?: BertNormaliserOptions;
}

const prefix = '##';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface SpelledWord {
  readonly count: number;
  pieces: string[];
}

/** Adds `sign` times a word's count to the count of each pair of neighbours in it. */
function countPairs(counts: Map<string, number>, { count, pieces }: SpelledWord, sign: 1 | -1): void {
  for (let index = 1; index < pieces.length; index++) {
    const pair = `${pieces[index - 1]} ${pieces[index]}`;
    const sum = (counts.get(pair) ?? 0) + sign * count;
    if (sum === 0) counts.delete(pair);
    else counts.set(pair, sum);
  }
}

/** The pair that stands together most often, the first in order of code units among equals; undefined below twice. */
function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  let best: string | undefined;
  let most = 2;
  for (const [pair, count] of counts)
    if (count > most || (count === most && (best === undefined || pair < best))) {
      best = pair;
      most = count;
    }
  return best;
}

/** Learns pieces by joining, again and again, the two neighbours that stand together most often (Sennrich et al. 2016). */
function learnPieces(counts: Iterable<readonly [string, number]>, maxPieces: number): string[] {
  const words: SpelledWord[] = [...counts].map(([word, count]) => ({
    count,
    pieces: [...word].map((character, index) => (index === 0 ? character : prefix + character)),
  }));
  const pairs = new Map<string, number>();
  for (const word of words) countPairs(pairs, word, 1);
  const learnt: string[] = [];
  while (learnt.length < maxPieces) {
    const pair = mostFrequent(pairs);
    if (pair === undefined) break;
    const [left, right] = pair.split(' ');
    const piece = left + right.slice(prefix.length);
    learnt.push(piece);
    for (const word of words) {
      const { pieces } = word;
      if (!pieces.includes(left)) continue;
      const next: string[] = [];
      for (let index = 0; index < pieces.length; index++) {
        if (pieces[index] === left && pieces[index + 1] === right) {
          next.push(piece);
          index += 1;
        } else next.push(pieces[index]);
      }
      if (next.length === pieces.length) continue;
      countPairs(pairs, word, -1);
      word.pieces = next;
      countPairs(pairs, word, 1);
    }
  }
  return learnt;
}

/**
 * Builds a small vocabulary of the project's own from training sentences: [PAD] [UNK] [CLS] [SEP] [MASK], every
 * printable ASCII character and every character seen (also as continuation), pieces of several characters, and whole
 * words. So any word in known characters has at least a spelling; a word with a character that was never seen becomes
 * [UNK] as a whole, its known parts too, as in Hugging Face's tokenisers. The result depends on the sentences alone, not on
 * their order.
 * @returns a tokeniser; save it with `tokenizerToJson`
 */
export function buildVocabulary(sentences: Iterable<string>, options: VocabularyOptions = {}): Tokenizer {
  const { minCount = 2, maxTokens = 8192, maxPieces = 1000, normaliser = uncasedNormaliser } = options;
  const counts = new Map<string, number>();
  for (const sentence of sentences)
    for (const word of splitBertWords(normaliseForBert(sentence, normaliser)))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));

  const characters = new Set<string>();
  for (let code = 0x21; code < 0x7f; code++)
    for (const character of splitBertWords(normaliseForBert(String.fromCharCode(code), normaliser)))
      characters.add(character);
  for (const word of counts.keys()) for (const character of word) characters.add(character);
  const alphabet = [...characters].sort(compare);

  const tokens = new Set(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
  for (const character of alphabet) tokens.add(character);
  for (const character of alphabet) tokens.add(prefix + character);
  const room = Math.max(0, maxTokens - tokens.size);
  const words = sorted.filter(([word, count]) => count >= minCount && !tokens.has(word)).map(([word]) => word);
  // Words and pieces share what room there is: where both want more, each gets half.
  const pieceRoom = Math.min(maxPieces, Math.max(room - words.length, Math.floor(room / 2)));
  for (const piece of learnPieces(sorted, pieceRoom)) tokens.add(piece);
  for (const word of words) if (tokens.size < maxTokens) tokens.add(word);
  return tokenizerFromVocabulary([...tokens], { source: 'the vocabulary built', ...normaliser });
}
