import { basename, dirname, resolve } from 'node:path';
import { UsageError, UserError } from '../errors/index.js';
import { aerialD } from './aerialD.js';
import { coco, cocoLayout } from './coco.js';
import { indexPaths, isWorthIndexing, readIndex, sourceState, writeIndex } from './datasetIndex.js';
import { grefcoco } from './grefcoco.js';
import { type DatasetFormat, type Layout, type ReadContext, whatIs } from './layout.js';
import { datasetFromTables, type Selection } from './materialise.js';
import { nwpuRefer } from './nwpuRefer.js';
import { refcoco } from './refcoco.js';
import { refsegrs } from './refsegrs.js';
import { risbench } from './risbench.js';
import { rrsisD } from './rrsisD.js';
import type { Dataset } from './sample.js';
import type { DatasetTables } from './tables.js';
import { yolo } from './yolo.js';

/** Every release that can be read, in the order in which a folder is tried: the most particular layouts first. */
export const datasetFormats: readonly DatasetFormat[] = [
  grefcoco,
  risbench,
  refsegrs,
  aerialD,
  rrsisD,
  refcoco,
  nwpuRefer,
  coco,
  yolo,
];

export interface OpenOptions extends Selection, ReadContext {
  /** Keeps the index in this folder instead of beside the dataset. */
  readonly cacheFolder?: string;
  /** Reads the release itself even when its index is up to date, and writes the index anew. */
  readonly rebuildIndex?: boolean;
  /** The format, where a folder could be read as several; found by looking when left out. */
  readonly format?: string;
}

/** A release whose files were found and read. */
export interface OpenedTables {
  readonly root: string;
  readonly tables: DatasetTables;
}

async function findFormat(
  root: string,
  wanted: string | undefined,
): Promise<{ format: DatasetFormat; layout: Layout }> {
  const formats = wanted === undefined ? datasetFormats : datasetFormats.filter(({ name }) => name === wanted);
  if (formats.length === 0) {
    throw new UsageError(`no format '${wanted}'; known are ${datasetFormats.map(({ name }) => name).join(', ')}`);
  }
  for (const format of formats) {
    const layout = await format.detect(root);
    if (layout) return { format, layout };
  }
  const looked = formats.map(({ title, lookedFor }) => `  ${title}: ${lookedFor}`).join('\n');
  throw new UserError(
    `${root}: no release that refersat knows. It looked for\n${looked}\nPoint it at the folder that holds these, or see docs/datasets.md for where to get a release`,
  );
}

/** Finds and reads a release, or its index; `openDataset` makes objects of it. */
export async function openTables(folder: string, options: OpenOptions = {}): Promise<OpenedTables> {
  let root = resolve(folder);
  const what = await whatIs(root);
  if (what === undefined) throw new UserError(`${folder}: there is no such folder; check the path`);
  let found: { format: DatasetFormat; layout: Layout };
  if (what === 'file') {
    if (!root.endsWith('.json')) {
      throw new UserError(`${folder}: a file; give the dataset's folder, or a COCO annotations file ending in .json`);
    }
    const file = basename(root);
    root = dirname(root);
    found = { format: coco, layout: await cocoLayout(root, file) };
  } else found = await findFormat(root, options.format);
  const { format, layout } = found;
  const state = await sourceState(root, format.name, layout.sources ?? layout.files);
  const indexed = isWorthIndexing(state) || options.cacheFolder !== undefined;
  // A COCO file opened by its own name shares its folder with others: its index is told apart by the file's name.
  const paths = indexPaths(what === 'file' ? resolve(folder) : root, options.cacheFolder);
  const places = what === 'file' ? paths.slice(-1) : paths;
  if (indexed && !options.rebuildIndex) {
    const kept = await readIndex(places, state);
    if (kept) return { root, tables: { ...kept, imageFolder: layout.imageFolder } };
  }
  const tables = await format.read(root, layout, options);
  if (indexed) await writeIndex(places, state, tables);
  return { root, tables };
}

/**
 * Opens a release of any format that refersat knows: finds the format by looking, says which files it chose
 * (`Dataset.files`) and lists what it looked for when it finds none. `folder` may also be a COCO annotations file. Masks
 * are decoded when asked for. A large release is opened through an index that is kept beside it, or in the user's cache
 * folder (`XDG_CACHE_HOME`) where the dataset is read-only, and made anew when one of its files changes.
 *
 * Throws a UserError with file and record where the release is broken or not there.
 */
export async function openDataset(folder: string, options: OpenOptions = {}): Promise<Dataset> {
  const { root, tables } = await openTables(folder, options);
  return datasetFromTables(root, tables, options);
}
