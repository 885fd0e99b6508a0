import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The model card of a checkpoint whose weights a script changes, with a section that says so: the scores in it are not
 * theirs. Undefined for a folder without a card.
 * @param change what was done, as a sentence
 */
export async function changedCard(folder: string, change: string): Promise<string | undefined> {
  const card = await readFile(join(folder, 'README.md'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (card === undefined) return undefined;
  return `${card.trimEnd()}\n\n## Changed since\n\n${change} Scores above are of the weights before that.\n`;
}
