import { join } from 'node:path';
import { readInstances } from './cocoInstances.js';
import { type DatasetFormat, findImageFolder, firstPresent, foldersIn, type Layout } from './layout.js';
import { readReferences } from './references.js';
import { createTables } from './tables.js';

const imageFolders = ['image/image', 'image', 'images/images', 'images', 'JPEGImages', 'img'];

/**
 * NWPU-Refer.
 *
 * - Source: Yang et al., "Large-scale remote sensing referring segmentation", arXiv 2506.03583 (Northwestern
 *   Polytechnical University).
 * - Licence: not stated by the release.
 * - Counts: 15,003 images of 1024 to 2048 px a side from more than 30 countries, 49,745 annotated targets; English and
 *   Chinese sentences about one object, several or none; 32 categories and `no target`.
 * - Layout: `new_instances.json` or `instances.json` (COCO; polygons or runs), `new_refs(unc).p` or `refs(unc).p` (a
 *   pickle of a list of dicts), JPEGs in `image/` or, doubly nested, `image/image/`.
 * - Mind: an expression about several objects is several refs that share image, sentence and split; they become one
 *   sample with the union of the masks. A ref of category `no target` means nothing: its mask is empty, whatever its
 *   annotation holds.
 */
export const nwpuRefer: DatasetFormat = {
  name: 'nwpu-refer',
  title: 'NWPU-Refer',
  lookedFor:
    'new_instances.json or instances.json with new_refs(unc).p or refs(unc).p, images in image/ or image/image/',

  async detect(root) {
    const here = await layoutIn(root, '');
    if (here) return here;
    // Unpacked into a folder of its own; where several folders look like it, the user has to say which.
    const below = await Promise.all((await foldersIn(root)).map((base) => layoutIn(root, base)));
    const found = below.filter((layout) => layout !== undefined);
    return found.length === 1 ? found[0] : undefined;
  },

  async read(root, layout, context) {
    const tables = createTables('nwpu-refer');
    const [instances, refs] = layout.files;
    await readInstances(tables, root, instances, context);
    await readReferences(tables, root, refs, context, { mergeSameSentence: true });
    return tables.finish(layout);
  },
};

async function layoutIn(root: string, base: string): Promise<Layout | undefined> {
  const inBase = (names: readonly string[]): string[] => names.map((name) => join(base, name));
  const instances = await firstPresent(root, inBase(['new_instances.json', 'instances.json']));
  const refs = await firstPresent(root, inBase(['new_refs(unc).p', 'refs(unc).p']));
  if (instances === undefined || refs === undefined) return undefined;
  const folders = base === '' ? imageFolders : [...inBase(imageFolders), ...imageFolders];
  const found = await findImageFolder(root, folders);
  // With no pictures at all, messages name the usual place.
  const present = await firstPresent(root, [found], 'folder');
  return { imageFolder: present ?? join(base, 'image'), files: [instances, refs] };
}
