import { join } from 'node:path';
import { readIfThere } from '../src/files/index.js';

/**
 * The model card of a checkpoint whose weights a script changes, with a section that says so: the scores in it are not
 * theirs. Undefined for a folder without a card.
 * @param change what was done, as a sentence
 */
export async function changedCard(folder: string, change: string): Promise<string | undefined> {
  const card = await readIfThere(join(folder, 'README.md'));
  if (card === null) return undefined;
  return `${card.trimEnd()}\n\n## Changed since\n\n${change} Scores above are of the weights before that.\n`;
}
