import { basename, join } from 'node:path';
import { readInstances } from './cocoInstances.js';
import { type DatasetFormat, findImageFolder, firstPresent } from './layout.js';
import { readReferences } from './references.js';
import { createTables } from './tables.js';

/**
 * RRSIS-D.
 *
 * - Source: Liu et al., "Rotated multi-scale interaction network for referring remote sensing image segmentation"
 *   (RMSIN), CVPR 2024; imagery from DIOR.
 * - Licence: not stated by the release; DIOR is for research.
 * - Counts: 17,402 triples of image, expression and mask: 12,181 train, 1,740 val, 3,481 test; 800 x 800 px; 20
 *   categories.
 * - Layout: `rrsisd/instances.json`, `rrsisd/refs(unc).p`, `images/rrsisd/JPEGImages/*.jpg`.
 * - Mind: the annotations are not quite COCO's: `categories_id` in places, `bbox` as x1, y1, x2, y2, and
 *   `segmentation` a list with one compressed run-length dict.
 */
export const rrsisD: DatasetFormat = {
  name: 'rrsis-d',
  title: 'RRSIS-D',
  lookedFor: 'rrsisd/instances.json and rrsisd/refs(unc).p, images in images/rrsisd/JPEGImages/',

  async detect(root) {
    const bases = ['rrsisd', 'RRSISD', 'rrsis-d', 'RRSIS-D', 'refer/data/rrsisd', 'data/rrsisd'];
    if (/^rrsis-?d$/i.test(basename(root)) || (await firstPresent(root, ['../images/rrsisd'], 'folder')))
      bases.push('');
    for (const base of bases) {
      const instances = await firstPresent(root, [join(base, 'instances.json')]);
      const refs = await firstPresent(root, [join(base, 'refs(unc).p')]);
      if (instances === undefined || refs === undefined) continue;
      const beside = [join(base, '..'), base, ''];
      const folders = beside.flatMap((start) => [
        join(start, 'images/rrsisd/JPEGImages'),
        join(start, 'images/JPEGImages'),
        join(start, 'JPEGImages'),
        join(start, 'images'),
      ]);
      return { imageFolder: await findImageFolder(root, folders), files: [instances, refs] };
    }
    return undefined;
  },

  async read(root, layout, context) {
    const tables = createTables('rrsis-d');
    const [instances, refs] = layout.files;
    await readInstances(tables, root, instances, context, { boxIsXyxy: true });
    await readReferences(tables, root, refs, context, { mergeSameSentence: false });
    return tables.finish(layout);
  },
};
