import { basename, extname } from 'node:path';

/** Bytes of each half of a name: both, a number and an ending stay below the 255 that file systems take. */
const longestHalf = 100;

/** The beginning of a text that fits in `longestHalf` bytes of UTF-8, no character cut. */
function shorten(text: string): string {
  let bytes = 0;
  let kept = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > longestHalf) break;
    kept += character;
  }
  return kept;
}

/**
 * A name for the results of one question, unique among those given before (on file systems that ignore case too):
 * `parking_the-red-car`, then `parking_the-red-car-2`.
 */
export function resultName(picture: string, sentence: string, taken: Set<string>): string {
  const words = shorten(sentence.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')).replace(/^-+|-+$/g, '');
  const base = `${shorten(basename(picture, extname(picture)))}_${words || 'sentence'}`;
  let name = base;
  for (let count = 2; taken.has(name.toLowerCase()); count++) name = `${base}-${count}`;
  taken.add(name.toLowerCase());
  return name;
}
