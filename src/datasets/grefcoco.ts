import { join } from 'node:path';
import { findTrain2014 } from './cocoImages.js';
import { readInstances } from './cocoInstances.js';
import { type DatasetFormat, firstPresent } from './layout.js';
import { readReferences } from './references.js';
import { createTables } from './tables.js';

/**
 * gRefCOCO.
 *
 * - Source: Liu, Ding and Jiang, "GRES: Generalized referring expression segmentation" (ReLA), CVPR 2023; pictures of
 *   COCO train2014.
 * - Licence: annotations CC BY-NC-SA 4.0, pictures under Flickr's terms of each.
 * - Layout: `grefs(unc).json` and `instances.json`, in `grefcoco/` or in the folder itself; `images/train2014/*.jpg`;
 *   splits train, val, testA, testB.
 * - Mind: `ann_id` is a list; `[-1]` means that the sentence names nothing; the mask is the union of the listed ones.
 */
export const grefcoco: DatasetFormat = {
  name: 'grefcoco',
  title: 'gRefCOCO',
  lookedFor: 'grefs(unc).json and instances.json (in grefcoco/ or directly), images in images/train2014/',

  async detect(root) {
    for (const base of ['grefcoco', 'gRefCOCO', 'annotations', '']) {
      const refs = await firstPresent(root, [join(base, 'grefs(unc).json'), join(base, 'grefs(unc).p')]);
      const instances = await firstPresent(root, [join(base, 'instances.json')]);
      if (refs === undefined || instances === undefined) continue;
      return { imageFolder: await findTrain2014(root, base), files: [instances, refs] };
    }
    return undefined;
  },

  async read(root, layout, context) {
    const tables = createTables('grefcoco');
    const [instances, refs] = layout.files;
    await readInstances(tables, root, instances, context);
    await readReferences(tables, root, refs, context, { mergeSameSentence: false });
    return tables.finish(layout);
  },
};
