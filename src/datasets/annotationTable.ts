import { rleArea, rleBox } from '../masks/index.js';
import type { CategoryTable } from './categoryTable.js';
import { createColumn } from './columns.js';
import type { ImageColumns } from './imageTable.js';
import { duplicateId, type Problem } from './problem.js';
import { createSegmentations, type SegmentationColumns, segmentationKind, segmentationRle } from './segmentations.js';

export interface AnnotationRow {
  readonly id: number;
  readonly imageId: number;
  /** Id of the category, or its name in releases that have no ids. */
  readonly category: number | string;
  readonly boxXywh?: readonly number[];
  readonly areaPx?: number;
  readonly isCrowd?: boolean;
  /** What it is called in its file, where that is not its id; then all have one, and each image a file. */
  readonly record?: string;
  readonly segmentation: unknown;
}

/** The annotations of a release, column by column. */
export interface AnnotationColumns {
  readonly id: Float64Array;
  readonly imageId: Float64Array;
  /** Row of the image, -1 where it is not listed. */
  readonly image: Int32Array;
  /** Row of `names`. */
  readonly category: Int32Array;
  readonly boxXywh: Float64Array;
  readonly areaPx: Float64Array;
  readonly isCrowd: Uint8Array;
}

/** What the annotations of a release refer to, once all of it is read. */
export interface AnnotationReferences {
  readonly images: ImageColumns;
  /** Rows of the images by id. */
  readonly imageRows: ReadonlyMap<number, number>;
  readonly categories: CategoryTable;
  /** File that problems name. */
  readonly file: string;
}

/** Collects the annotations of a release with their segmentations. */
export function createAnnotationTable(problems: Problem[]) {
  const id = createColumn(Float64Array);
  const imageId = createColumn(Float64Array);
  const categoryId: number[] = [];
  /** By row, where the release gives a name and no id. */
  const categoryName = new Map<number, string>();
  const box = createColumn(Float64Array);
  const area = createColumn(Float64Array);
  const crowd = createColumn(Uint8Array);
  const records: string[] = [];
  const segmentations = createSegmentations();
  /** Of what was added so far; made when first asked for. */
  let segmentationColumns: SegmentationColumns | undefined;
  /** Rows by id. */
  const rows = new Map<number, number>();

  return {
    rows,
    /** What each is called in its file; empty where that is its id. */
    records,
    count: (): number => id.length,
    id: (row: number): number => id.at(row),
    imageId: (row: number): number => imageId.at(row),
    /** Name of its category; call once the categories are known. */
    category: (row: number, categories: CategoryTable): string =>
      categoryName.get(row) ?? categories.nameOf(categoryId[row]),
    /** Whether its mask has pixels in an image of this size, as far as it can be decoded. */
    hasMaskPixels(row: number, heightPx: number, widthPx: number): boolean {
      segmentationColumns ??= segmentations.finish();
      const kind = segmentationColumns.kind[row];
      if (kind === segmentationKind.none || kind === segmentationKind.broken) return false;
      try {
        return rleArea(segmentationRle(segmentationColumns, row, heightPx, widthPx)) > 0;
      } catch {
        return false;
      }
    },
    /** Adds one that `file` lists and gives its row; one of a known id becomes a problem and is left out. */
    add(row: AnnotationRow, file: string): number | undefined {
      if (rows.has(row.id)) {
        problems.push(duplicateId(file, 'annotation', row.id));
        return undefined;
      }
      const position = id.length;
      rows.set(row.id, position);
      id.push(row.id);
      imageId.push(row.imageId);
      if (typeof row.category === 'string') {
        categoryName.set(position, row.category);
        categoryId.push(Number.NaN);
      } else categoryId.push(row.category);
      box.append(row.boxXywh ?? [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
      area.push(row.areaPx ?? Number.NaN);
      crowd.push(row.isCrowd ? 1 : 0);
      if (row.record !== undefined) records.push(row.record);
      segmentationColumns = undefined;
      segmentations.add(row.segmentation);
      return position;
    },
    /** Finds images and categories (those that are not there become problems) and closes the columns. */
    finish(references: AnnotationReferences): { annotations: AnnotationColumns; segmentations: SegmentationColumns } {
      const { images, imageRows, categories, file } = references;
      const ids = id.finish();
      const imageIds = imageId.finish();
      const image = new Int32Array(ids.length);
      const category = new Int32Array(ids.length);
      for (let row = 0; row < ids.length; row++) {
        image[row] = imageRows.get(imageIds[row]) ?? -1;
        const named = categoryName.get(row);
        if (named === undefined && !categories.has(categoryId[row])) {
          problems.push(unknownCategory(file, ids[row], categoryId[row]));
        }
        if (image[row] < 0) problems.push(missingImage(file, ids[row], imageIds[row]));
        category[row] = categories.rowOf(named ?? categories.nameOf(categoryId[row]));
      }
      const columns = segmentationColumns ?? segmentations.finish();
      const boxXywh = box.finish();
      const areaPx = area.finish();
      fillMeasures(columns, images, image, boxXywh, areaPx);
      return {
        annotations: { id: ids, imageId: imageIds, image, category, boxXywh, areaPx, isCrowd: crowd.finish() },
        segmentations: columns,
      };
    },
  };
}

const unknownCategory = (file: string, id: number, category: number): Problem => ({
  kind: 'unknown-category',
  severity: 'error',
  file,
  record: `annotation ${id}`,
  id,
  message: `category ${category} is not among the categories`,
  fix: 'add it to the list or correct the annotation',
});

const missingImage = (file: string, id: number, image: number): Problem => ({
  kind: 'missing-image-record',
  severity: 'error',
  file,
  record: `annotation ${id}`,
  id,
  message: `image ${image} is not among the images`,
  fix: 'add the image or remove the annotation',
});

/** Boxes and areas that a release leaves out, from the masks; zeros where a mask cannot be decoded. */
function fillMeasures(
  columns: SegmentationColumns,
  images: Pick<ImageColumns, 'width' | 'height'>,
  imageRow: Int32Array,
  boxXywh: Float64Array,
  areaPx: Float64Array,
): void {
  for (let row = 0; row < areaPx.length; row++) {
    const boxed = !Number.isNaN(boxXywh[4 * row]);
    if (boxed && !Number.isNaN(areaPx[row])) continue;
    const kind = columns.kind[row];
    let area = boxed ? boxXywh[4 * row + 2] * boxXywh[4 * row + 3] : 0;
    let box: readonly number[] = [0, 0, 0, 0];
    if (imageRow[row] >= 0 && kind !== segmentationKind.none && kind !== segmentationKind.broken) {
      try {
        const rle = segmentationRle(columns, row, images.height[imageRow[row]], images.width[imageRow[row]]);
        area = rleArea(rle);
        box = rleBox(rle);
      } catch {
        // The mask's own fault is reported when it is asked for; its measures are only a convenience.
        area = 0;
      }
    }
    if (!boxed) boxXywh.set(box, 4 * row);
    if (Number.isNaN(areaPx[row])) areaPx[row] = area;
  }
}
