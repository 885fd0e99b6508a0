import type { Language } from './sample.js';

const whiteSpace = /\s+/gu;
const han = /\p{Script=Han}/u;

/** A sentence in lower case, with single spaces and no outer white space. */
export function normaliseSentence(raw: string): string {
  return raw.toLowerCase().replace(whiteSpace, ' ').trim();
}

/** `zh` when a sentence holds Chinese characters, else `en`. */
export function languageOf(sentence: string): Language {
  // Chinese characters begin at U+2E80: most sentences never reach the slower test.
  for (let index = 0; index < sentence.length; index++) {
    if (sentence.charCodeAt(index) >= 0x2e80) return han.test(sentence) ? 'zh' : 'en';
  }
  return 'en';
}

/** Tokens as the releases list them: words of an English sentence; a Chinese one, which has no spaces, is one token. */
export function tokensOf(sentence: string): string[] {
  return sentence.split(' ').filter((word) => word !== '');
}
