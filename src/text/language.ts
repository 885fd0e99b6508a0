/** The languages that referring sentences come in. */
export type SentenceLanguage = 'en' | 'zh';

const chinese = /\p{Script=Han}/gu;
const latinWord = /[\p{Script=Latin}]+/gu;

/**
 * The language of a sentence: Chinese where it has at least as many Chinese characters as Latin words (`左上角的 A380`),
 * English otherwise, also for a sentence without letters.
 */
export function detectLanguage(sentence: string): SentenceLanguage {
  const characters = sentence.match(chinese)?.length ?? 0;
  const words = sentence.match(latinWord)?.length ?? 0;
  return characters > 0 && characters >= words ? 'zh' : 'en';
}

/** A sentence for comparison with others: composed Unicode (NFC), lower case, single spaces, none at the ends. */
export function normaliseSentence(sentence: string): string {
  return sentence.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}
