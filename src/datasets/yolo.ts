import { readFile, realpath } from 'node:fs/promises';
import { join, parse } from 'node:path';
import sharp from 'sharp';
import { parse as parseYaml } from 'yaml';
import { UserError } from '../errors/index.js';
import { mapConcurrently } from './concurrently.js';
import { withFile } from './fileProblem.js';
import { type DatasetFormat, firstPresent, foldersIn, isImageName, namesIn } from './layout.js';
import { createTables } from './tables.js';

/** Coordinates are rounded to this part of a pixel: what multiplying a printed fraction by the size may be off by. */
const pixelPart = 1e6;

/** Folders with pictures below `images`, relative to it: itself, its splits, theirs; each once, whatever links say. */
async function pictureFolders(root: string, below = '.', seen = new Set<string>()): Promise<string[]> {
  const here = await realpath(join(root, 'images', below));
  if (seen.has(here)) return [];
  seen.add(here);
  const found = [below];
  for (const name of await foldersIn(join(root, 'images', below))) {
    found.push(...(await pictureFolders(root, join(below, name), seen)));
  }
  return found;
}

/** Category names of `data.yaml`: a list, or a map from numbers. */
async function readNames(root: string, file: string): Promise<{ id: number; name: string }[]> {
  const text = await withFile(file, () => readFile(join(root, file), 'utf8'));
  let names: unknown;
  try {
    names = (parseYaml(text) as { names?: unknown } | null)?.names;
  } catch (error) {
    throw new UserError(`${file}: not valid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof names !== 'object' || names === null)
    throw new UserError(`${file}: 'names' is missing; list the categories there`);
  return Object.entries(names).map(([id, name]) => ({ id: Number(id), name: String(name) }));
}

/** A picture without a label file has nothing on it. */
function ifMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

/** One line of a label file. */
interface LabelLine {
  readonly category: number;
  /** x, y, width, height in pixels, where the line is a box only. */
  readonly box?: number[];
  readonly segmentation: unknown;
}

/** Label lines as segmentations and boxes in pixels. */
function readLabel(text: string, file: string, width: number, height: number): LabelLine[] {
  return text.split('\n').flatMap((line, index): LabelLine[] => {
    const words = line.trim().split(/\s+/);
    if (words[0] === '') return [];
    const [category, ...values] = words.map(Number);
    const fault = (message: string): UserError =>
      new UserError(`${file}: line ${index + 1}: ${message}; correct or remove the line`);
    if (!Number.isInteger(category)) throw fault(`'${words[0].slice(0, 20)}' is not the number of a category`);
    if (values.some((value) => !Number.isFinite(value))) throw fault('a coordinate is not a number');
    if (values.length === 4) {
      const [x, y, w, h] = values;
      return [
        { category, box: [(x - w / 2) * width, (y - h / 2) * height, w * width, h * height], segmentation: undefined },
      ];
    }
    const polygon = values.map(
      (value, position) => Math.round(value * (position % 2 === 0 ? width : height) * pixelPart) / pixelPart,
    );
    return [{ category, segmentation: [polygon] }];
  });
}

/**
 * YOLO segmentation labels (no sentences).
 *
 * - Source: the form of Ultralytics' tools.
 * - Layout: `data.yaml` with `names`; `images/<split>/<picture>`, `labels/<split>/<picture>.txt` with a line
 *   `class x1 y1 x2 y2 ...` an outline, relative to the picture's size.
 * - Mind: a line of four values is a box and has no mask. Ids are the order of the lines.
 */
export const yolo: DatasetFormat = {
  name: 'yolo',
  title: 'YOLO segmentation labels',
  lookedFor: 'data.yaml with images/ and labels/',

  async detect(root) {
    const file = await firstPresent(root, ['data.yaml', 'data.yml', 'dataset.yaml']);
    const folders = await Promise.all(['images', 'labels'].map((name) => firstPresent(root, [name], 'folder')));
    if (file === undefined || folders.includes(undefined)) return undefined;
    const labels = await Promise.all(
      (await pictureFolders(root)).map(async (folder) =>
        (await namesIn(join(root, 'labels', folder)))
          .filter((name) => name.endsWith('.txt'))
          .map((name) => join('labels', folder, name)),
      ),
    );
    return { imageFolder: 'images', files: [file], sources: [file, ...labels.flat()] };
  },

  async read(root, layout, context) {
    const tables = createTables('yolo');
    const [file] = layout.files;
    for (const { id, name } of await readNames(root, file)) tables.addCategory(id, name, file);
    for (const folder of await pictureFolders(root)) {
      const pictures = (await namesIn(join(root, 'images', folder))).filter(isImageName);
      const read = await mapConcurrently(
        pictures,
        async (picture) => {
          const path = join(root, 'images', folder, picture);
          const label = join('labels', folder, `${parse(picture).name}.txt`);
          const size = await sharp(path, { limitInputPixels: false })
            .metadata()
            .catch((error: Error) => {
              throw new UserError(
                `${join('images', folder, picture)}: it cannot be decoded (${error.message.split('\n')[0]}); replace or remove it`,
              );
            });
          const text = await withFile(label, () => readFile(join(root, label), 'utf8').catch(ifMissing));
          return { size, lines: readLabel(text, label, size.width, size.height), picture: join(folder, picture) };
        },
        context,
      );
      for (const { size, lines, picture } of read) {
        const id = tables.imageCount() + 1;
        tables.addImage({ id, file: picture, width: size.width, height: size.height }, file);
        for (const { category, box, segmentation } of lines) {
          tables.addAnnotation(
            { id: tables.annotationCount() + 1, imageId: id, category, boxXywh: box, segmentation },
            file,
          );
        }
      }
    }
    return tables.finish(layout);
  },
};
