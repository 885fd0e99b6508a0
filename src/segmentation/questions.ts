import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { glob } from 'tinyglobby';
import { z } from 'zod';
import { UserError } from '../errors/index.js';

/** One picture and one sentence to segment it by. */
export interface Question {
  /** Path of the picture. */
  readonly image: string;
  readonly sentence: string;
}

const pictureEndings = new Set(['.jpg', '.jpeg', '.png', '.tif', '.tiff', '.webp', '.gif', '.avif']);
const rowSchema = z.object({ image: z.string().min(1), sentence: z.string() });

/** Whether a file's name says that it lists questions. */
export function isQuestionList(path: string): boolean {
  return /\.(csv|tsv|jsonl|ndjson)$/i.test(path);
}

/** Checks one record of a list; throws a UserError that names the file and the line. */
function checkRow(row: unknown, source: string, line: number, folder: string): Question {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    throw new UserError(`${source}: line ${line}: expected the fields image and sentence, got ${JSON.stringify(row)}`);
  }
  return { image: resolve(folder, parsed.data.image), sentence: parsed.data.sentence };
}

/**
 * Reads questions from text: JSON lines `{"image": ..., "sentence": ...}`, or CSV (comma or tab) with a header line
 * that names `image` and `sentence`. Pictures' paths start from `folder`.
 * @throws UserError that names source and line of what cannot be read
 */
export function parseQuestions(text: string, source: string, folder: string): Question[] {
  const trimmed = text.trimStart();
  if (trimmed === '') throw new UserError(`${source}: is empty; expected lines with image and sentence`);
  if (trimmed.startsWith('{')) {
    return text.split('\n').flatMap((line, index) => {
      if (line.trim() === '') return [];
      let row: unknown;
      try {
        row = JSON.parse(line);
      } catch (error) {
        throw new UserError(`${source}: line ${index + 1}: is no JSON: ${(error as Error).message}`, { cause: error });
      }
      return [checkRow(row, source, index + 1, folder)];
    });
  }
  const delimiter = trimmed.split('\n', 1)[0].includes('\t') ? '\t' : ',';
  try {
    const rows = parse(text, { columns: true, delimiter, bom: true, skip_empty_lines: true, trim: true }) as unknown[];
    return rows.map((row, index) => checkRow(row, source, index + 2, folder));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${source}: is no table: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The pictures that an argument means: a file, all pictures of a folder, or those that match a glob pattern; sorted.
 * @throws UserError when there is none
 */
export async function findPictures(argument: string, workingFolder: string): Promise<string[]> {
  const path = resolve(workingFolder, argument);
  const info = await stat(path).catch(() => null);
  if (info?.isFile()) return [path];
  if (info?.isDirectory()) {
    const names = await readdir(path);
    const pictures = names.filter((name) => pictureEndings.has(extname(name).toLowerCase())).sort();
    if (pictures.length === 0) throw new UserError(`${argument}: the folder holds no picture (JPEG, PNG, TIFF, WebP)`);
    return pictures.map((name) => join(path, name));
  }
  if (/[*?[\]{}]/.test(argument)) {
    const found = await glob([argument], { cwd: workingFolder, absolute: true });
    if (found.length > 0) return found.sort();
    throw new UserError(`${argument}: no file matches the pattern`);
  }
  throw new UserError(`${argument}: no such file or folder`);
}

/** A name for the results of one question, unique among those given before: `parking_the-red-car`. */
export function resultName({ image, sentence }: Question, taken: Set<string>): string {
  const stem = basename(image, extname(image));
  const words = sentence
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const base = `${stem}_${words || 'empty'}`;
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
  taken.add(name);
  return name;
}
