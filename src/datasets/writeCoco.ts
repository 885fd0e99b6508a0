import { join } from 'node:path';
import { writeFileAtomic } from '../files/index.js';
import { cocoInstances, releaseCategories } from './cocoJson.js';
import { noTargetCategory, type Release } from './release.js';

/**
 * Writes `annotations.json` of a COCO instance set into a folder; the pictures belong in `images/`. NWPU-Refer's marks of
 * sentences about nothing are left out: they are no things, and pycocotools fails on their empty outlines.
 */
export async function writeCoco(folder: string, release: Release): Promise<void> {
  const annotations = release.annotations.filter(({ category }) => category !== noTargetCategory);
  const categories = releaseCategories(release).filter(({ name }) => name !== noTargetCategory);
  await writeFileAtomic(join(folder, 'annotations.json'), cocoInstances({ ...release, annotations }, categories));
}
