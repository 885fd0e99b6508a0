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

/** What stands for a picture in the names of its results: its file's name without the ending; `stdin` for `-`. */
export function pictureStem(picture: string): string {
  return picture === '-' ? 'stdin' : shorten(basename(picture, extname(picture)));
}

/**
 * A name for the results of one question, `parking_the-red-car`; where that is taken `parking_the-red-car-2`.
 * @param isTaken whether a name, in small letters (some file systems ignore case), belongs to another question
 */
export function resultName(picture: string, sentence: string, isTaken: (name: string) => boolean): string {
  const words = shorten(sentence.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-')).replace(/^-+|-+$/g, '');
  const base = `${pictureStem(picture)}_${words || 'sentence'}`;
  let name = base;
  for (let count = 2; isTaken(name.toLowerCase()); count++) name = `${base}-${count}`;
  return name;
}
