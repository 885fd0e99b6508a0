import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../errors/index.js';
import { type Rle, rleArea, rleToString } from '../masks/index.js';
import { createProgress } from '../progress/index.js';
import { mapConcurrently } from './concurrently.js';
import { explainFileError } from './fileProblem.js';
import { firstPresent, isImageName, type Layout, namesIn, type ReadContext } from './layout.js';
import { readMaskFile } from './maskFile.js';
import { noTargetCategory } from './release.js';
import { normaliseSentence } from './sentence.js';
import { createTables, type DatasetTables } from './tables.js';

const phraseFile = /^output_phrase_(.+)\.txt$/;
/** No phrase is this long: such a line belongs to another kind of file. */
const maxLineBytes = 65_536;

/** One line of a phrase file. */
interface PhraseLine {
  readonly file: string;
  readonly line: number;
  readonly split: string;
  readonly id: string;
  readonly phrase: string;
  readonly category: string;
}

/** Finds `output_phrase_<split>.txt` files with a folder of images and one of masks beside them. */
export async function detectPhraseFolders(
  root: string,
  imageFolders: readonly string[],
  maskFolders: readonly string[],
): Promise<(Layout & { readonly maskFolder: string }) | undefined> {
  const files = (await namesIn(root)).filter((name) => phraseFile.test(name));
  if (files.length === 0) return undefined;
  const imageFolder = await firstPresent(root, imageFolders, 'folder');
  if (imageFolder === undefined) return undefined;
  const maskFolder = (await firstPresent(root, maskFolders, 'folder')) ?? maskFolders[0];
  const masks = (await namesIn(join(root, maskFolder))).filter(isImageName).map((name) => join(maskFolder, name));
  return { imageFolder, files, sources: [...files, ...masks], maskFolder };
}

async function readLines(root: string, file: string): Promise<PhraseLine[]> {
  const split = phraseFile.exec(file)?.[1] ?? file;
  let bytes: Buffer;
  try {
    bytes = await readFile(join(root, file));
  } catch (error) {
    throw explainFileError(error, file);
  }
  const lines: PhraseLine[] = [];
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (end - start > maxLineBytes) {
      const size = end - start;
      throw new UserError(
        `${file}: line ${line}: it is ${size.toLocaleString('en')} bytes long; expected '<id> <phrase>', at most ${maxLineBytes} bytes`,
      );
    }
    const text = bytes
      .toString('utf8', start, end)
      .replace(/^\ufeff/, '')
      .trim();
    start = end + 1;
    if (text === '') continue;
    const [, id, rest = ''] = /^(\S+)(?:\s+(.*))?$/.exec(text) ?? [];
    const [phrase, category = ''] = rest.split('\t');
    lines.push({ file, line, split, id, phrase: phrase.trim(), category: category.trim() });
  }
  return lines;
}

/** What a picture that is not there would be called beside the others of its folder. */
const missingName = (id: string, others: ReadonlyMap<string, string>): string => {
  const [other = 'x.tif'] = others.values();
  return `${id}${parse(other).ext}`;
};

/** Names of pictures in a folder by what stands before the extension. */
async function picturesIn(folder: string): Promise<Map<string, string>> {
  const names = (await namesIn(folder)).filter(isImageName);
  return new Map(names.map((name) => [parse(name).name, name]));
}

/**
 * Reads a release of phrase files and mask pictures (RefSegRS, RISBench). All masks are decoded once, since only they
 * say whether a phrase means anything; the index keeps them. A mask that is missing or unreadable is named when it is
 * asked for.
 */
export async function readPhraseFolders(
  format: string,
  root: string,
  layout: Layout,
  maskFolder: string,
  context: ReadContext,
): Promise<DatasetTables> {
  const tables = createTables(format);
  const lines = (await Promise.all(layout.files.map((file) => readLines(root, file)))).flat();
  const pictures = await picturesIn(join(root, layout.imageFolder));
  const masks = await picturesIn(join(root, maskFolder));
  if (masks.size === 0) {
    throw new UserError(
      `${join(root, maskFolder)}: no masks; the release keeps a picture for each line there: unpack it again, or check the name`,
    );
  }
  const ids = [...new Set(lines.map(({ id }) => id))];
  const progress = createProgress(context.progress, {
    label: 'reading masks',
    total: ids.length,
    unit: 'masks',
  });
  const read = await mapConcurrently(
    ids,
    async (id) => {
      const mask = masks.get(id);
      const picture = pictures.get(id);
      const [rle, size] = await Promise.all([
        mask === undefined ? 'the file is not there' : readMaskFile(join(root, maskFolder, mask)).catch(reasonOf),
        picture === undefined ? undefined : sizeOf(join(root, layout.imageFolder, picture)),
      ]);
      progress.tick();
      return {
        mask: join(maskFolder, mask ?? missingName(id, masks)),
        picture: picture ?? missingName(id, pictures),
        rle,
        size,
      };
    },
    context,
  );
  if (ids.length > 1000) progress.finish();

  const numeric = ids.every((id) => /^\d{1,9}$/.test(id)) && new Set(ids.map(Number)).size === ids.length;
  const rows = new Map<string, { image: number; mask: number; isNone: boolean }>();
  for (const [position, id] of ids.entries()) {
    const { mask, picture, rle, size } = read[position];
    const [height, width] = size ?? (typeof rle === 'string' ? [1, 1] : [rle.height, rle.width]);
    const image = tables.addImage(
      { id: numeric ? Number(id) : position + 1, file: picture, width, height },
      layout.files[0],
    );
    rows.set(id, {
      image,
      mask: typeof rle === 'string' ? tables.addBrokenMask(rle, mask) : tables.addMask(asRecord(rle), mask),
      isNone: typeof rle !== 'string' && rleArea(rle) === 0,
    });
  }
  for (const { file, line, split, id, phrase, category } of lines) {
    const row = rows.get(id);
    if (!row) continue;
    if (phrase === '') {
      const record = `line ${line}`;
      const message = `'${id}' has no phrase`;
      tables.problems.push({
        kind: 'empty-sentence',
        severity: 'error',
        file,
        record,
        id,
        message,
        fix: 'write it or remove the line',
      });
    }
    tables.addSample({
      id: `${split}-${line}`,
      image: row.image,
      split,
      raw: phrase,
      sentence: normaliseSentence(phrase),
      kind: row.isNone ? 'none' : 'single',
      category: row.isNone ? noTargetCategory : category,
      targets: [],
      mask: row.mask,
    });
  }
  const named = new Set(ids);
  for (const [id, name] of masks) {
    if (named.has(id)) continue;
    tables.problems.push({
      kind: 'target-without-ref',
      severity: 'warning',
      file: join(maskFolder, name),
      record: `mask ${id}`,
      id,
      message: `no line of ${layout.files.join(', ')} names it`,
      fix: 'nothing needs doing: it is never a target; write a line if it should be',
    });
  }
  return tables.finish(layout);
}

const reasonOf = (error: unknown): string =>
  `it cannot be decoded (${error instanceof Error ? error.message.split('\n')[0] : error})`;

const asRecord = (rle: Rle): { size: number[]; counts: string } => ({
  size: [rle.height, rle.width],
  counts: rleToString(rle),
});

/** Height and width of a picture from its header; undefined where it has none that can be read. */
async function sizeOf(path: string): Promise<[number, number] | undefined> {
  try {
    const { width, height } = await sharp(path, { limitInputPixels: false }).metadata();
    return [height, width];
  } catch {
    // `validate` and the loader name the broken picture; here its mask's size stands in.
    return undefined;
  }
}
