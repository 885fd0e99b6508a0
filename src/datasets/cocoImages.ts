import { join } from 'node:path';
import { findImageFolder } from './layout.js';

/** Folder of COCO's pictures beside an annotations folder of the RefCOCO family, in the places where people keep it. */
export function findTrain2014(root: string, base: string): Promise<string> {
  const starts = base === '' ? ['', '..'] : ['', base, join(base, '..')];
  const folders = starts.flatMap((start) =>
    ['images/train2014', 'images/mscoco/images/train2014', 'train2014', 'images', 'image'].map((name) =>
      join(start, name),
    ),
  );
  return findImageFolder(root, folders);
}
