import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { isEmptySentence } from '../text/index.js';
import type { NamedPicture } from './findPictures.js';

/** One picture and one sentence to segment it by. */
export interface Question extends NamedPicture {
  readonly sentence: string;
  /** The picture's file, where it comes from standard input. */
  readonly bytes?: Uint8Array;
}

const rowSchema = z.object({ image: z.string().min(1), sentence: z.string().refine((text) => !isEmptySentence(text)) });

/** Whether a file's name says that it lists questions. */
export function isQuestionList(path: string): boolean {
  return /\.(csv|tsv|jsonl|ndjson)$/i.test(path);
}

/** Checks one record of a list; throws a UserError that names the file and the line. */
function checkRow(row: unknown, source: string, line: number, folder: string): Question {
  const parsed = rowSchema.safeParse(row);
  if (!parsed.success) {
    throw new UserError(
      `${source}: line ${line}: expected the fields image and sentence, neither of them empty, got ${JSON.stringify(row)}`,
    );
  }
  const { image, sentence } = parsed.data;
  return { image, path: resolve(folder, image), sentence };
}

function parseJsonLines(text: string, source: string, folder: string): Question[] {
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

/** What separates a table's fields, by its header line: a tab, a comma, or the semicolon of some office programs. */
function delimiterOf(header: string): string {
  if (header.includes('\t')) return '\t';
  return header.includes(',') ? ',' : ';';
}

async function parseTable(text: string, source: string, folder: string): Promise<Question[]> {
  const { parse } = await import('csv-parse/sync');
  const delimiter = delimiterOf(text.trimStart().split('\n', 1)[0]);
  try {
    const rows = parse(text, {
      columns: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as {
      record: unknown;
      info: { lines: number };
    }[];
    return rows.map(({ record, info }) => checkRow(record, source, info.lines, folder));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${source}: is no table: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads questions from text: JSON lines `{"image": ..., "sentence": ...}`, or CSV (comma, tab or semicolon) with a
 * header line that names `image` and `sentence`; other fields are passed over. Pictures' paths start from `folder`.
 * @throws UserError that names source and line of what cannot be read
 */
export async function parseQuestions(text: string, source: string, folder: string): Promise<Question[]> {
  if (text.includes('\0'))
    throw new UserError(`${source}: is no text (UTF-8); expected lines with image and sentence (CSV or JSON)`);
  const plain = text.replace(/^\uFEFF/, '');
  const isJson = plain.trimStart().startsWith('{');
  const questions = isJson ? parseJsonLines(plain, source, folder) : await parseTable(plain, source, folder);
  if (questions.length > 0) return questions;
  throw new UserError(`${source}: holds no question; expected lines with image and sentence`);
}
