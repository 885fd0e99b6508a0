import { type PictureTransform, type Turning, turningOf } from './directions.js';
import { chineseRules } from './directionsChinese.js';
import { englishRules } from './directionsEnglish.js';

const turnings = new Map<PictureTransform, Turning>();
const chinese = /\p{Script=Han}/uy;
const englishWord = /[\p{L}\p{N}]+/uy;
const rowsAndColumns = /(?<![\p{L}])(?:rows?|columns?)(?![\p{L}])|[排列]/u;

/**
 * Rewrites a sentence so that it means, in the transformed picture, what it meant before: a horizontal flip makes "the
 * red car on the left" "the red car on the right" and "左上角的车" "右上角的车". Words about the picture (left, top,
 * upper, leftmost, above), the compass (north counts as up), turns and clock hands are known in English and Chinese; other
 * words that hold these letters ("bright", "leftover", "right angle", "东京") stay. Gives null where the words cannot
 * follow: the transform must then not be applied. Pictures rotate clockwise.
 */
export function rewriteSentence(sentence: string, transform: PictureTransform): string | null {
  const turning = turnings.get(transform) ?? turningOf(transform);
  turnings.set(transform, turning);
  const lower = sentence.toLowerCase();
  // A letter whose small form has another length would shift the places: such a sentence is left alone.
  if (lower.length !== sentence.length) return null;
  let result = '';
  let changed = false;
  for (let at = 0; at < lower.length; ) {
    chinese.lastIndex = at;
    const isChinese = chinese.test(lower);
    const rules = isChinese ? chineseRules : englishRules;
    englishWord.lastIndex = at;
    const word = isChinese ? null : englishWord.exec(lower);
    if (!isChinese && !word) {
      result += sentence[at++];
      continue;
    }
    let length = 0;
    for (const { pattern, rewrite } of rules) {
      pattern.lastIndex = at;
      const match = pattern.exec(lower);
      if (!match || match[0].length === 0) continue;
      length = match[0].length;
      const words = rewrite(match, turning, lower.slice(0, at), lower.slice(at + length));
      if (words === null) return null;
      if (words === match[0]) result += sentence.slice(at, at + length);
      else {
        changed = true;
        result = withArticle(result, words) + inCaseOf(sentence.slice(at, at + length), words);
      }
      break;
    }
    if (length === 0) {
      length = word ? wordLength(word[0]) : 1;
      result += sentence.slice(at, at + length);
    }
    at += length;
  }
  // "the top row" would be a column, and nobody calls it "the right row".
  if (changed && turning.isQuarter && rowsAndColumns.test(lower)) return null;
  return result;
}

/** A run of letters up to the first Chinese one, as no space parts them: "suv左侧". */
function wordLength(word: string): number {
  const han = word.search(/\p{Script=Han}/u);
  return han > 0 ? han : word.length;
}

/** "a western road" becomes "an eastern road". */
function withArticle(before: string, words: string): string {
  return before.replace(/(?<![\p{L}\p{N}])(a)n?(\s+)$/iu, (_, article: string, space: string) =>
    /^[aeiou]/.test(words) ? `${article}n${space}` : `${article}${space}`,
  );
}

function inCaseOf(original: string, words: string): string {
  const [first] = original;
  if (first === first.toLowerCase()) return words;
  const isCapitals = original.length > 1 && original === original.toUpperCase();
  return isCapitals ? words.toUpperCase() : words[0].toUpperCase() + words.slice(1);
}
