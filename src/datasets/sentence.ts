import type { Language } from './sample.js';

const whiteSpace = /\s+/gu;
const han = /\p{Script=Han}/u;

/** A sentence in lower case, with single spaces and no outer white space. */
export function normaliseSentence(raw: string): string {
  return raw.toLowerCase().replace(whiteSpace, ' ').trim();
}

/** `zh` when a sentence holds Chinese characters, else `en`. */
export function languageOf(sentence: string): Language {
  return han.test(sentence) ? 'zh' : 'en';
}

/** Tokens as the releases list them: words of an English sentence; a Chinese one, which has no spaces, is one token. */
export function tokensOf(sentence: string): string[] {
  return sentence.split(' ').filter((word) => word !== '');
}
