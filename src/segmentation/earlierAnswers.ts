import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { readJsonLines } from '../files/index.js';
import { resultName } from './resultName.js';

/** The file in a folder of results that has a line for each answer. */
export const answersFile = 'results.jsonl';

/** An answer that stands in a folder of results. */
export interface EarlierAnswer {
  /** The picture as it was named then. */
  readonly image: string;
  readonly sentence: string;
  /** What its files are called, without `_mask.png` and `_overlay.png`. */
  readonly name: string;
}

const lineSchema = z.object({ image: z.string().min(1), sentence: z.string().min(1) });

/**
 * The answers that a `results.jsonl` lists, in its order; none where there is no such file. Lines do not say what their
 * files are called: names are given again as they were when the lines were written, one after the other.
 * @throws UserError that names the line which is no answer
 */
export async function readEarlierAnswers(path: string): Promise<EarlierAnswer[]> {
  if (!existsSync(path)) return [];
  const taken = new Set<string>();
  const answers: EarlierAnswer[] = [];
  for await (const { line, value } of readJsonLines(path)) {
    const parsed = lineSchema.safeParse(value);
    if (!parsed.success) {
      throw new UserError(`${path}: line ${line}: is no answer of refersat segment; expected image and sentence`);
    }
    const { image, sentence } = parsed.data;
    const name = resultName(image, sentence, (candidate) => taken.has(candidate));
    taken.add(name.toLowerCase());
    answers.push({ image, sentence, name });
  }
  return answers;
}
