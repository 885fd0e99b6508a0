import { UserError } from '../errors/index.js';
import { isPunctuation } from './bertNormaliser.js';
import type { Tokenizer } from './tokenizer.js';

/** The words of a training set, saved with a checkpoint as `words.txt`: what the model has seen, and how often. */
export interface WordList {
  /** Word to the number of times it was seen; most frequent first. */
  readonly counts: ReadonlyMap<string, number>;
}

const byCount = (a: readonly [string, number], b: readonly [string, number]): number =>
  b[1] - a[1] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** Counts the words of sentences, as the tokeniser splits them; punctuation is left out. */
export function countWords(tokenizer: Pick<Tokenizer, 'words'>, sentences: Iterable<string>): WordList {
  const counts = new Map<string, number>();
  for (const sentence of sentences)
    for (const word of tokenizer.words(sentence)) {
      if (isPunctuation(word)) continue;
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  return { counts: new Map([...counts].sort(byCount)) };
}

/** Writes a word list as text: `word<TAB>count`, one a line. */
export function wordListToText({ counts }: WordList): string {
  return [...counts].map(([word, count]) => `${word}\t${count}\n`).join('');
}

/** Reads `words.txt`. Throws a UserError that names the line when one is not `word<TAB>count`. */
export function wordListFromText(text: string, { source = 'words.txt' }: { source?: string } = {}): WordList {
  const counts = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const match = /^(\S+)\t(\d+)\r?$/.exec(line);
    if (!match) throw new UserError(`${source}: line ${index + 1} is not a word, a tab and a count: ${line}`);
    counts.set(match[1], Number(match[2]));
  }
  return { counts };
}
