import { resolve } from 'node:path';
import { type EarlierAnswer, type Question, resultName } from '../segmentation/index.js';

/**
 * Gives each question a name for its files that no other question of the run has, and no earlier answer to another
 * question: the same picture's earlier results for the same sentence are replaced, all others of the same name stay.
 * @param earlier what stands in the folder of results
 */
export function createNaming(
  earlier: readonly EarlierAnswer[],
  workingFolder: string,
): (question: Pick<Question, 'image' | 'path' | 'sentence'>) => string {
  const owners = new Map(earlier.map((answer) => [answer.name.toLowerCase(), answer]));
  const taken = new Set<string>();
  return ({ image, path, sentence }) => {
    const isOfAnother = (name: string): boolean => {
      const owner = owners.get(name);
      if (owner === undefined) return false;
      // Different sentences may make one name: case and punctuation are left out of it, and long ones are cut.
      if (owner.sentence !== sentence) return true;
      // The same picture may be named from another folder, or by its whole path.
      return owner.image !== image && resolve(workingFolder, owner.image) !== path;
    };
    const name = resultName(image, sentence, (candidate) => taken.has(candidate) || isOfAnother(candidate));
    taken.add(name.toLowerCase());
    return name;
  };
}
