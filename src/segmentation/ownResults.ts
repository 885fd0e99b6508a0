import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { answersFile, type EarlierAnswer, readEarlierAnswers } from './earlierAnswers.js';
import { isPictureName } from './pictureName.js';
import { pictureStem } from './resultName.js';

/** The two pictures that each answer leaves in a folder of results. */
const resultEnding = /_(mask|overlay)\.png$/;

/** What tells results from pictures in one folder. */
interface FolderOfResults {
  /** Names of all its files. */
  readonly files: ReadonlySet<string>;
  /** Names of listed answers, in small letters and without a number at the end. */
  readonly listed: ReadonlySet<string>;
  /** Stems of pictures that answers may belong to. */
  readonly stems: ReadonlySet<string>;
}

const withoutNumber = (name: string): string => name.toLowerCase().replace(/-\d+$/, '');

async function lookInto(folder: string): Promise<FolderOfResults> {
  const files = await readdir(folder).catch((): string[] => []);
  // A list of something else says nothing about results; nor does one that cannot be read.
  const answers = await readEarlierAnswers(join(folder, answersFile)).catch((): EarlierAnswer[] => []);
  return {
    files: new Set(files),
    listed: new Set(answers.map(({ name }) => withoutNumber(name))),
    stems: new Set([...files.filter(isPictureName), ...answers.map(({ image }) => image)].map(pictureStem)),
  };
}

/** Whether a name is a picture's stem and words in the form that sentences get in names of results. */
function isStemAndWords(name: string, stems: ReadonlySet<string>): boolean {
  for (let at = name.indexOf('_'); at >= 0; at = name.indexOf('_', at + 1)) {
    const words = name.slice(at + 1);
    const isSentence = /^[\p{L}\p{N}]+(-[\p{L}\p{N}]+)*$/u.test(words) && words === words.toLowerCase();
    if (isSentence && stems.has(name.slice(0, at))) return true;
  }
  return false;
}

/**
 * The paths among pictures that are no results of earlier runs: masks and overlays whose answer the `results.jsonl`
 * beside them lists, or which stand there as a pair named after one of the pictures. Anything else that merely ends in
 * `_mask.png` is a picture.
 */
export async function leaveOutResults(paths: readonly string[]): Promise<string[]> {
  const folders = new Map<string, FolderOfResults>();
  const stems = new Set(paths.map(pictureStem));
  const kept: string[] = [];
  for (const path of paths) {
    const file = basename(path);
    if (!resultEnding.test(file)) {
      kept.push(path);
      continue;
    }
    const folder = dirname(path);
    const known = folders.get(folder) ?? (await lookInto(folder));
    folders.set(folder, known);
    const name = file.replace(resultEnding, '');
    const isPair = known.files.has(`${name}_mask.png`) && known.files.has(`${name}_overlay.png`);
    const isResult =
      known.listed.has(withoutNumber(name)) ||
      (isPair && (isStemAndWords(name, stems) || isStemAndWords(name, known.stems)));
    if (!isResult) kept.push(path);
  }
  return kept;
}
