import { normaliseCategory, vocabularyOf } from './nouns.js';

/**
 * The usual word for a category, in the singular: `storage_tank` is "storage tank" in English and "储罐" in Chinese. A
 * category without a word in the language gives the one that it has, as a rule its own name.
 */
export function categoryWord(category: string, language: 'en' | 'zh'): string {
  const [noun] = vocabularyOf([category]).nounsOf(category);
  const [english] = noun.english[0] ?? [];
  const [chinese] = noun.chinese;
  const word = language === 'zh' ? (chinese ?? english) : (english ?? chinese);
  return word ?? normaliseCategory(category);
}
