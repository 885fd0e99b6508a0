import { basename, join } from 'node:path';
import { UserError } from '../errors/index.js';
import { findTrain2014 } from './cocoImages.js';
import { readInstances } from './cocoInstances.js';
import { type DatasetFormat, firstPresent } from './layout.js';
import { readReferences } from './references.js';
import { createTables } from './tables.js';

const families = ['refcoco', 'refcoco+', 'refcocog', 'refcocoplus'];
/** In this order where a folder holds several: the splits by which results are published. */
const references = ['refs(unc).p', 'refs(umd).p', 'refs(google).p'];

/**
 * RefCOCO, RefCOCO+ and RefCOCOg, in the form of the REFER interface.
 *
 * - Source: Yu et al., "Modeling context in referring expressions", ECCV 2016 (RefCOCO, RefCOCO+); Mao et al., CVPR
 *   2016 (RefCOCOg); Kazemzadeh et al., EMNLP 2014; pictures of COCO train2014.
 * - Licence: annotations Apache 2.0 with the interface; pictures under Flickr's terms of each.
 * - Layout: `refcoco/instances.json`, `refcoco/refs(unc).p` (`google`, `umd` for other splits),
 *   `images/train2014/*.jpg`; splits train, val, testA, testB (test for RefCOCOg).
 * - Mind: the ref's own `file_name` carries the annotation's number; the image's is right. A segmentation of several
 *   polygons is their union. A ref holds several sentences: each is a sample.
 */
export const refcoco: DatasetFormat = {
  name: 'refcoco',
  title: 'RefCOCO, RefCOCO+, RefCOCOg',
  lookedFor:
    'refcoco/, refcoco+/ or refcocog/ with instances.json and refs(unc|umd|google).p, images in images/train2014/',

  async detect(root) {
    const found: { base: string; instances: string; refs: string }[] = [];
    const here = families.includes(basename(root).toLowerCase()) || (await firstPresent(root, references.slice(1)));
    const layout = await firstPresent(root, ['images/train2014', 'train2014'], 'folder');
    for (const base of here || layout ? [...families, ''] : families) {
      const instances = await firstPresent(root, [join(base, 'instances.json')]);
      const refs = await firstPresent(
        root,
        references.map((name) => join(base, name)),
      );
      if (instances !== undefined && refs !== undefined) found.push({ base, instances, refs });
    }
    if (found.length === 0) return undefined;
    if (found.length > 1) {
      const folders = found.map(({ base }) => base || '.').join(', ');
      throw new UserError(
        `${root}: several releases in one folder (${folders}); open one of them: ${join(root, found[0].base)}`,
      );
    }
    const [{ base, instances, refs }] = found;
    return { imageFolder: await findTrain2014(root, base), files: [instances, refs] };
  },

  async read(root, layout, context) {
    const tables = createTables('refcoco');
    const [instances, refs] = layout.files;
    await readInstances(tables, root, instances, context);
    await readReferences(tables, root, refs, context, { mergeSameSentence: false });
    return tables.finish(layout);
  },
};
