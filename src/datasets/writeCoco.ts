import { join } from 'node:path';
import { writeFileAtomic } from '../files/index.js';
import { cocoInstances, releaseCategories } from './cocoJson.js';
import type { Release } from './release.js';

/** Writes `annotations.json` of a COCO instance set into a folder; the pictures belong in `images/`. */
export async function writeCoco(folder: string, release: Release): Promise<void> {
  await writeFileAtomic(join(folder, 'annotations.json'), cocoInstances(release, releaseCategories(release)));
}
