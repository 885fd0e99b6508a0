import { bertCharacters } from './bertCharacters.js';
import { decodeRanges } from './characterSet.js';

/** How a sentence is made ready for words; the fields of Hugging Face's `BertNormalizer`. */
export interface BertNormaliserOptions {
  /** Remove control characters, make all white space a space. */
  readonly cleanText: boolean;
  /** Put spaces around Chinese characters, so that each is a word. */
  readonly separateChinese: boolean;
  /** Remove accents; null means: when lower-casing. */
  readonly stripAccents: boolean | null;
  readonly lowerCase: boolean;
}

const dropped = decodeRanges(bertCharacters.dropped);
const spaces = decodeRanges(bertCharacters.spaces);
const separated = decodeRanges(bertCharacters.separated);
const chinese = decodeRanges(bertCharacters.chinese);
const marks = decodeRanges(bertCharacters.marks);
const undecomposed = decodeRanges(bertCharacters.undecomposed);

function decompose(text: string): string {
  let result = '';
  let pending = '';
  for (const character of text) {
    if (!undecomposed.has(character.codePointAt(0)!)) {
      pending += character;
      continue;
    }
    result += pending.normalize('NFD') + character;
    pending = '';
  }
  return result + pending.normalize('NFD');
}

function withoutAccents(text: string): string {
  let result = '';
  for (const character of decompose(text)) if (!marks.has(character.codePointAt(0)!)) result += character;
  return result;
}

/** Lower case by character, without the rules that look at neighbours (a final sigma stays σ). */
function lowerCased(text: string): string {
  let result = '';
  for (const character of text) result += character.toLowerCase();
  return result;
}

const plain = /^[\x20-\x7e]*$/;

/** Cleans, separates Chinese characters, strips accents and lower-cases, in this order, as BERT's tokeniser does. */
export function normaliseForBert(sentence: string, options: BertNormaliserOptions): string {
  const { cleanText, separateChinese, stripAccents, lowerCase } = options;
  if (plain.test(sentence)) return lowerCase ? sentence.toLowerCase() : sentence;
  let text = '';
  for (const character of sentence) {
    const code = character.codePointAt(0)!;
    if (cleanText && dropped.has(code)) continue;
    if (cleanText && spaces.has(code)) text += ' ';
    else if (separateChinese && chinese.has(code)) text += ` ${character} `;
    else text += character;
  }
  if (stripAccents ?? lowerCase) text = withoutAccents(text);
  return lowerCase ? lowerCased(text) : text;
}

/** Splits normalised text at white space, and around every punctuation character: BERT's words. */
export function splitBertWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  const finish = (): void => {
    if (word !== '') words.push(word);
    word = '';
  };
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (spaces.has(code)) finish();
    else if (separated.has(code)) {
      finish();
      words.push(character);
    } else word += character;
  }
  finish();
  return words;
}

/** Whether a word is a single punctuation character. */
export function isPunctuation(word: string): boolean {
  const code = word.codePointAt(0);
  return code !== undefined && word.length === String.fromCodePoint(code).length && separated.has(code);
}
