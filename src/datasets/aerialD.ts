import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { UserError } from '../errors/index.js';
import { type Rle, rleArea, rleFromString, rleFromUncompressed, rleIntersection, rleUnion } from '../masks/index.js';
import { createProgress } from '../progress/index.js';
import { mapConcurrently } from './concurrently.js';
import { explainFileError } from './fileProblem.js';
import { type DatasetFormat, foldersIn, namesIn } from './layout.js';
import { parsePythonLiteral } from './pythonLiteral.js';
import { normaliseSentence } from './sentence.js';
import { createTables, type TablesBuilder } from './tables.js';

type Node = Record<string, unknown>;

/** No patch has a line this long; the parser takes minutes over one. */
const maxLineBytes = 16 * 2 ** 20;

const repeated = new Set(['object', 'group', 'expression']);
const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => repeated.has(String(name)),
});

const nodeOf = (value: unknown): Node => (typeof value === 'object' && value !== null ? (value as Node) : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const inner = nodeOf(value)['#text'];
  return typeof inner === 'string' ? inner : '';
};

/**
 * Aerial-D.
 *
 * - Source: Aerial-D, referring expressions over patches of iSAID and LoveDA.
 * - Licence: not stated by the release; iSAID and LoveDA are for research.
 * - Layout: `<split>/annotations/<patch>.xml` (PASCAL VOC-like) and `<split>/images/<patch>.png`.
 * - Mind: each object and each group carries its expressions and a segmentation given as the text of a Python dict with
 *   `size` and `counts` (compressed runs). Ids are of the patch alone, so annotations are numbered anew. A group does
 *   not list its members: they are the objects whose masks lie in its mask, where those make it up exactly.
 */
export const aerialD: DatasetFormat = {
  name: 'aerial-d',
  title: 'Aerial-D',
  lookedFor: '<split>/annotations/*.xml with <split>/images/',

  async detect(root) {
    const files: string[] = [];
    for (const split of ['.', ...(await foldersIn(root))]) {
      const folder = join(split, 'annotations');
      const names = (await namesIn(join(root, folder))).filter((name) => name.endsWith('.xml'));
      for (const name of names) files.push(join(folder, name));
    }
    return files.length === 0 ? undefined : { imageFolder: '.', files };
  },

  async read(root, layout, context) {
    const tables = createTables('aerial-d');
    const progress = createProgress(context.progress, {
      label: 'reading patches',
      total: layout.files.length,
      unit: 'patches',
    });
    const batch = 256;
    for (let start = 0; start < layout.files.length; start += batch) {
      const files = layout.files.slice(start, start + batch);
      const texts = await mapConcurrently(
        files,
        async (file) => {
          try {
            const bytes = await readFile(join(root, file));
            refuseLongLine(bytes, file);
            return bytes.toString('utf8');
          } catch (error) {
            throw explainFileError(error, file);
          }
        },
        context,
      );
      for (const [position, file] of files.entries()) {
        readPatch(tables, file, texts[position]);
        progress.tick();
      }
    }
    if (layout.files.length > 1000) progress.finish();
    return tables.finish(layout);
  },
};

/** A segmentation's text as a mask; a UserError with file and record when it is not one. */
function readRuns(value: unknown, file: string, record: string): { value: unknown; rle: Rle | undefined } {
  let parsed: unknown;
  try {
    parsed = parsePythonLiteral(textOf(value));
  } catch (error) {
    throw new UserError(`${file}: ${record}: its segmentation is not a Python dict: ${(error as Error).message}`);
  }
  const { size, counts } = nodeOf(parsed);
  const [height, width] = listOf(size) as number[];
  try {
    if (typeof counts === 'string') return { value: parsed, rle: rleFromString(counts, height, width) };
    return { value: parsed, rle: rleFromUncompressed(listOf(counts) as number[], height, width) };
  } catch {
    // Kept as found: the mask's own fault is named when it is asked for, and by `validate`.
    return { value: parsed, rle: undefined };
  }
}

/** Throws a UserError when a line of a patch cannot be one. */
function refuseLongLine(bytes: Buffer, file: string): void {
  if (bytes.length <= maxLineBytes) return;
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end - start > maxLineBytes) {
      const size = (end - start).toLocaleString('en');
      throw new UserError(
        `${file}: line ${line}: it is ${size} bytes long; no patch has one above ${maxLineBytes / 2 ** 20} MB; download it again`,
      );
    }
    start = end + 1;
  }
}

/** What is wrong with a text that the parser refuses, as an error that names the place. */
function brokenXml(text: string, file: string, error: unknown): UserError {
  if (!text.trimEnd().endsWith('</annotation>')) {
    const begun = text.split('<object>').length - 1;
    const where = begun === 0 ? '' : `objects, record ${begun}: `;
    return new UserError(
      `${file}: ${where}the text ends in the middle (byte ${Buffer.byteLength(text)}): the file is cut off; download it again`,
    );
  }
  return new UserError(`${file}: not well-formed XML: ${(error as Error).message}; download it again`);
}

function readPatch(tables: TablesBuilder, file: string, text: string): void {
  let patch: Node;
  try {
    patch = nodeOf(nodeOf(parser.parse(text, true)).annotation);
  } catch (error) {
    throw brokenXml(text, file, error);
  }
  const size = nodeOf(patch.size);
  const width = Number(textOf(size.width));
  const height = Number(textOf(size.height));
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new UserError(`${file}: size: expected width and height in pixels; download the file again`);
  }
  const folder = dirname(dirname(file));
  const split = folder === '.' ? 'train' : basename(folder);
  const imageId = tables.imageCount() + 1;
  const picture = textOf(patch.filename) || `${basename(file, '.xml')}.png`;
  const image = tables.addImage({ id: imageId, file: picture, width, height, folder: join(folder, 'images') }, file);
  const patchName = basename(file, '.xml');
  const addSentences = (
    node: Node,
    record: string,
    key: string,
    category: string,
    targets: number[],
    mask?: number,
    count = targets.length,
  ): void => {
    for (const [position, expression] of listOf(nodeOf(node.expressions).expression).entries()) {
      const raw = textOf(expression).trim();
      if (raw === '') {
        const message = `expression ${position + 1} has no words`;
        tables.problems.push({
          kind: 'empty-sentence',
          severity: 'error',
          file,
          record,
          message,
          fix: 'write it or remove it',
        });
      }
      tables.addSample({
        id: `${split}/${patchName}/${key}.${position}`,
        image,
        split,
        raw,
        sentence: normaliseSentence(raw),
        kind: count > 1 ? 'multi' : 'single',
        category,
        targets,
        mask,
      });
    }
  };
  const seen = new Set<string>();
  const isRepeated = (record: string, what: string, id: string): boolean => {
    if (id === '' || !seen.has(record)) {
      seen.add(record);
      return false;
    }
    const message = `two ${what}s of this patch have the id ${id}`;
    const fix = 'give each its own id or remove the copy';
    tables.problems.push({ kind: 'duplicate-id', severity: 'error', file, record, id, message, fix });
    return true;
  };
  const objects: { row: number; rle: Rle | undefined }[] = [];
  for (const value of listOf(patch.object)) {
    const node = nodeOf(value);
    const record = `object ${textOf(node.id)}`;
    if (isRepeated(record, 'object', textOf(node.id))) continue;
    const { value: runs, rle } = readRuns(node.segmentation, file, record);
    const box = nodeOf(node.bndbox);
    const corners = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => Number(textOf(box[side]) || Number.NaN));
    const [x, y, right, bottom] = corners;
    const boxed = corners.every(Number.isFinite);
    const category = textOf(node.name);
    const id = tables.annotationCount() + 1;
    const boxXywh = boxed ? [x, y, right - x, bottom - y] : undefined;
    const areaPx = rle ? rleArea(rle) : 0;
    const row = tables.addAnnotation({ id, imageId, category, boxXywh, areaPx, record, segmentation: runs }, file);
    if (row === undefined) continue;
    objects.push({ row, rle });
    addSentences(node, record, textOf(node.id), category, [row]);
  }
  for (const value of listOf(nodeOf(patch.groups).group)) {
    const node = nodeOf(value);
    const record = `group ${textOf(node.id)}`;
    if (isRepeated(record, 'group', textOf(node.id))) continue;
    const { value: runs, rle } = readRuns(node.segmentation, file, record);
    const members = rle ? membersOf(rle, objects) : [];
    const stated = Number(textOf(node.size)) || 2;
    const mask = tables.addMask(runs, `${file}: ${record}`);
    const known = members.length === stated ? members : [];
    addSentences(node, record, textOf(node.id), textOf(node.category), known, mask, stated);
  }
}

/** Rows of the objects that lie wholly in a group's mask, where together they are it; else none. */
function membersOf(group: Rle, objects: readonly { row: number; rle: Rle | undefined }[]): number[] {
  const inside = objects.filter(
    ({ rle }) =>
      rle !== undefined &&
      rle.height === group.height &&
      rle.width === group.width &&
      rleArea(rle) > 0 &&
      rleArea(rleIntersection([rle, group])) === rleArea(rle),
  );
  if (inside.length === 0) return [];
  const together = rleUnion(inside.map(({ rle }) => rle as Rle));
  return rleArea(together) === rleArea(group) ? inside.map(({ row }) => row) : [];
}
