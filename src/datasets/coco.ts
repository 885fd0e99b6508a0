import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors/index.js';
import { readInstances } from './cocoInstances.js';
import { type DatasetFormat, findImageFolder, firstPresent, isImageName, type Layout, namesIn } from './layout.js';
import { createTables } from './tables.js';

const usualNames = [
  'annotations.json',
  'instances.json',
  '_annotations.coco.json',
  'annotations.coco.json',
  'coco.json',
  'annotations/annotations.json',
  'annotations/instances.json',
  'annotations/instances_default.json',
];

/** The layout around one annotations file, given relative to the root. */
export async function cocoLayout(root: string, file: string): Promise<Layout> {
  const folder = dirname(file);
  const subset = basename(file, '.json').replace(/^.*instances_/, '');
  const starts =
    folder === '.' ? (basename(root) === 'annotations' ? ['.', '..'] : ['.']) : [folder, join(folder, '..')];
  const named = starts.flatMap((start) =>
    [join('images', subset), 'images', subset, 'image', 'JPEGImages', 'img', 'data'].map((name) => join(start, name)),
  );
  const found = await findImageFolder(root, [...named, ...starts]);
  if ((await namesIn(join(root, found))).some(isImageName)) return { imageFolder: found, files: [file] };
  // No pictures in sight: a folder of that name that is there, else the place where people put them.
  const present = await firstPresent(root, named, 'folder');
  return { imageFolder: present ?? join(starts.at(-1) ?? '.', 'images'), files: [file] };
}

/**
 * COCO instances: any set of pictures with outlined or boxed objects and no sentences.
 *
 * - Source: the form of Lin et al., "Microsoft COCO", 2014, which most tools export.
 * - Layout: `annotations.json`, `instances.json`, `_annotations.coco.json` or `annotations/instances_<name>.json`;
 *   pictures in `images/`, `images/<name>/` or beside the file.
 * - Mind: an annotation may have a box only; then it has no mask. There are no samples: the generator writes sentences.
 */
export const coco: DatasetFormat = {
  name: 'coco',
  title: 'COCO instances',
  lookedFor:
    'annotations.json, instances.json, _annotations.coco.json or annotations/instances_*.json, images in images/',

  async detect(root) {
    const usual = await firstPresent(root, usualNames);
    if (usual !== undefined) return cocoLayout(root, usual);
    const several = [
      ...(await namesIn(join(root, 'annotations')))
        .filter((name) => /^instances_.*\.json$/.test(name))
        .map((name) => join('annotations', name)),
      ...(
        await Promise.all(
          ['train', 'valid', 'val', 'test'].map((split) => firstPresent(root, [join(split, '_annotations.coco.json')])),
        )
      ).filter((name) => name !== undefined),
    ];
    if (several.length > 1) {
      throw new UserError(
        `${root}: several annotation files (${several.join(', ')}); open one of them: ${join(root, several[0])}`,
      );
    }
    return several.length === 1 ? cocoLayout(root, several[0]) : undefined;
  },

  async read(root, layout, context) {
    const tables = createTables('coco');
    await readInstances(tables, root, layout.files[0], context);
    return tables.finish(layout);
  },
};
