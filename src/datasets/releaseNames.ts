import { UserError } from '../errors/index.js';
import type { Release } from './release.js';

/** Whether a path that a name is put into may leave its folder, on this system or another. */
const leadsOut = (name: string): boolean => {
  const parts = name.split(/[/\\]/);
  return parts[0] === '' || parts.includes('..') || /^[a-zA-Z]:/.test(name);
};

/**
 * Looks at the names of a release that writers make paths of, before any file is written: those of pictures and splits.
 * @throws UserError for one that leads out of the new folder
 */
export function checkReleaseNames({ images, references, imageSplits }: Release): void {
  for (const { file } of images) {
    if (leadsOut(file)) {
      throw new UserError(`image '${file}': the name leads out of the image folder; correct the record`);
    }
  }
  const splits = new Set([...references.map(({ split }) => split), ...(imageSplits?.values() ?? [])]);
  for (const split of splits) {
    if (leadsOut(split)) {
      throw new UserError(`split '${split}': the name leads out of the folder; correct the records that have it`);
    }
  }
}
