import { resolve } from 'node:path';
import { type EarlierAnswer, type Question, resultName } from '../segmentation/index.js';

/**
 * Gives each question a name for its files that no other question of the run has, and no answer of an earlier run about
 * another picture: the same picture's earlier results are replaced, another's of the same name stay.
 * @param earlier what stands in the folder of results
 */
export function createNaming(
  earlier: readonly EarlierAnswer[],
  workingFolder: string,
): (question: Pick<Question, 'image' | 'path' | 'sentence'>) => string {
  const owners = new Map(earlier.map(({ name, image }) => [name.toLowerCase(), image]));
  const taken = new Set<string>();
  return ({ image, path, sentence }) => {
    const isOfAnother = (name: string): boolean => {
      const owner = owners.get(name);
      // The same picture may be named from another folder, or by its whole path.
      return owner !== undefined && owner !== image && resolve(workingFolder, owner) !== path;
    };
    const name = resultName(image, sentence, (candidate) => taken.has(candidate) || isOfAnother(candidate));
    taken.add(name.toLowerCase());
    return name;
  };
}
