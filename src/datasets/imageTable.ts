import { createColumn } from './columns.js';
import { internedRow } from './internedNames.js';
import { duplicateId, type Problem } from './problem.js';

export interface ImageRow {
  readonly id: number;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly folder?: string;
}

/** The images of a release, column by column. */
export interface ImageColumns {
  readonly id: Float64Array;
  readonly file: readonly string[];
  readonly width: Uint32Array;
  readonly height: Uint32Array;
  /** Row of `folders`, -1 for the image folder. */
  readonly folder: Int32Array;
}

/** Collects the images of a release. */
export function createImageTable(problems: Problem[]) {
  const id = createColumn(Float64Array);
  const file: string[] = [];
  const width = createColumn(Uint32Array);
  const height = createColumn(Uint32Array);
  const folder = createColumn(Int32Array);
  const folders: string[] = [];
  /** Rows by id. */
  const rows = new Map<number, number>();
  return {
    rows,
    folders,
    count: (): number => file.length,
    width: (row: number): number => width.at(row),
    height: (row: number): number => height.at(row),
    /** Adds an image that `source` lists and gives its row; an id used twice becomes a problem, and the first counts. */
    add(row: ImageRow, source: string): number {
      const known = rows.get(row.id);
      if (known !== undefined) {
        problems.push(duplicateId(source, 'image', row.id));
        return known;
      }
      rows.set(row.id, file.length);
      id.push(row.id);
      width.push(row.width);
      height.push(row.height);
      folder.push(row.folder === undefined ? -1 : internedRow(folders, row.folder));
      return file.push(row.file) - 1;
    },
    finish: (): ImageColumns => ({
      id: id.finish(),
      file,
      width: width.finish(),
      height: height.finish(),
      folder: folder.finish(),
    }),
  };
}

export type ImageTable = ReturnType<typeof createImageTable>;
