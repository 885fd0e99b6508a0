import { rleArea, rleBox } from '../masks/index.js';
import { createColumn } from './columns.js';
import type { Problem } from './problem.js';
import { createSegmentations, type SegmentationColumns, segmentationKind, segmentationRle } from './segmentations.js';

/** Codes of `Kind` in a column. */
export const kindNames = ['single', 'multi', 'none'] as const;

/** Everything a release says, in columns: what a reader makes, the index keeps and `Dataset` objects are made from. */
export interface DatasetTables {
  readonly format: string;
  /** Folder of the images, below (or beside) the root. */
  readonly imageFolder: string;
  /** Files that were chosen, relative to the root; the first holds the annotations. */
  readonly files: readonly string[];
  /** Category names: those that the release declares, then those it uses all the same. */
  readonly names: readonly string[];
  /** Ids of the declared categories, parallel to the first of `names`. */
  readonly categoryIds: readonly number[];
  readonly splits: readonly string[];
  readonly folders: readonly string[];
  readonly images: {
    readonly id: Float64Array;
    readonly file: readonly string[];
    readonly width: Uint32Array;
    readonly height: Uint32Array;
    /** Row of `folders`, -1 for the image folder. */
    readonly folder: Int32Array;
  };
  readonly annotations: {
    readonly id: Float64Array;
    readonly imageId: Float64Array;
    /** Row of the image, -1 where it is not listed. */
    readonly image: Int32Array;
    /** Row of `names`. */
    readonly category: Int32Array;
    readonly boxXywh: Float64Array;
    readonly areaPx: Float64Array;
    readonly isCrowd: Uint8Array;
  };
  /** What each annotation is called in its file, where that is not its id (Aerial-D: `object 3`). */
  readonly annotationRecords?: readonly string[];
  /** Segmentations of the annotations, row by row. */
  readonly segmentations: SegmentationColumns;
  readonly samples: {
    readonly id: readonly string[];
    readonly image: Int32Array;
    readonly split: Int32Array;
    readonly raw: readonly string[];
    /** Normalised sentences. */
    readonly sentence: readonly string[];
    /** NaN where the release has none. */
    readonly refId: Float64Array;
    readonly sentenceId: Float64Array;
    readonly kind: Uint8Array;
    readonly category: Int32Array;
    /** First entry in `targets`, and how many. */
    readonly targetStart: Uint32Array;
    readonly targetCount: Uint32Array;
    /** Row of `masks` where a sample has a mask of its own, -1 where it is the union of its targets. */
    readonly mask: Int32Array;
  };
  /** Rows of annotations, for each sample rising by id. */
  readonly targets: Uint32Array;
  /** Masks of samples that have no annotations, and where each was read. */
  readonly masks: SegmentationColumns;
  readonly maskSource: Int32Array;
  readonly maskSources: readonly string[];
  readonly problems: readonly Problem[];
}

export interface ImageRow {
  readonly id: number;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly folder?: string;
}

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

export interface SampleRow {
  readonly id: string;
  /** Row of the image. */
  readonly image: number;
  readonly split: string;
  readonly raw: string;
  readonly sentence: string;
  readonly refId?: number;
  readonly sentenceId?: number;
  readonly kind: (typeof kindNames)[number];
  readonly category: string;
  /** Rows of annotations, rising by id. */
  readonly targets: readonly number[];
  /** Row of `masks`, where the sample has a mask of its own. */
  readonly mask?: number;
}

const severe = 'error' as const;

/** Collects a release record by record. Ids used twice and names of records that are not there become problems. */
export function createTables(format: string) {
  const names: string[] = [];
  const nameRows = new Map<string, number>();
  const categoryRows = new Map<number, number>();
  const categoryIds: number[] = [];
  const splits: string[] = [];
  const folders: string[] = [];
  const maskSources: string[] = [];
  const problems: Problem[] = [];
  const interned = (list: string[], value: string): number => {
    // These lists hold a handful of names, except the sources of masks, where a name comes again at once or never.
    if (list.at(-1) === value) return list.length - 1;
    const found = list.length > 64 ? -1 : list.indexOf(value);
    return found >= 0 ? found : list.push(value) - 1;
  };
  const nameRow = (name: string): number => {
    const known = nameRows.get(name);
    if (known !== undefined) return known;
    nameRows.set(name, names.length);
    return names.push(name) - 1;
  };

  const image = {
    id: createColumn(Float64Array),
    file: [] as string[],
    width: createColumn(Uint32Array),
    height: createColumn(Uint32Array),
    folder: createColumn(Int32Array),
  };
  const imageRows = new Map<number, number>();
  const annotation = {
    id: createColumn(Float64Array),
    imageId: createColumn(Float64Array),
    categoryId: [] as number[],
    categoryName: new Map<number, string>(),
    box: createColumn(Float64Array),
    area: createColumn(Float64Array),
    crowd: createColumn(Uint8Array),
    record: [] as string[],
  };
  const annotationRows = new Map<number, number>();
  const segmentations = createSegmentations();
  let segmentationColumns: SegmentationColumns | undefined;
  const masks = createSegmentations();
  const maskSource = createColumn(Int32Array);
  const sample = {
    id: [] as string[],
    image: createColumn(Int32Array),
    split: createColumn(Int32Array),
    raw: [] as string[],
    sentence: [] as string[],
    refId: createColumn(Float64Array),
    sentenceId: createColumn(Float64Array),
    kind: createColumn(Uint8Array),
    category: createColumn(Int32Array),
    targetStart: createColumn(Uint32Array),
    targetCount: createColumn(Uint32Array),
    mask: createColumn(Int32Array),
  };
  const targets = createColumn(Uint32Array);

  return {
    problems,
    imageRows,
    annotationRows,
    annotationId: (row: number): number => annotation.id.at(row),
    annotationImageId: (row: number): number => annotation.imageId.at(row),
    /** Whether an annotation's mask has pixels, as far as it can be decoded. */
    hasMaskPixels(row: number, imageRow: number): boolean {
      segmentationColumns ??= segmentations.finish();
      const kind = segmentationColumns.kind[row];
      if (kind === segmentationKind.none || kind === segmentationKind.broken) return false;
      const [height, width] = [image.height.at(imageRow), image.width.at(imageRow)];
      try {
        return rleArea(segmentationRle(segmentationColumns, row, height, width)) > 0;
      } catch {
        return false;
      }
    },
    /** Name of an annotation's category; call once the categories are known. */
    annotationCategory(row: number): string {
      return annotation.categoryName.get(row) ?? categoryName(annotation.categoryId[row]);
    },
    imageCount: (): number => image.file.length,
    annotationCount: (): number => annotation.id.length,
    sampleCount: (): number => sample.raw.length,
    addCategory(id: number, name: string, file: string): void {
      if (categoryRows.has(id)) {
        problems.push(duplicate(file, 'category', id));
        return;
      }
      categoryRows.set(id, nameRow(name));
      if (names.length > categoryIds.length) categoryIds.push(id);
    },
    categoryKnown: (id: number): boolean => categoryRows.has(id),
    categoryName,
    addImage(row: ImageRow, file: string): number {
      const known = imageRows.get(row.id);
      if (known !== undefined) {
        problems.push(duplicate(file, 'image', row.id));
        return known;
      }
      imageRows.set(row.id, image.file.length);
      image.id.push(row.id);
      image.width.push(row.width);
      image.height.push(row.height);
      image.folder.push(row.folder === undefined ? -1 : interned(folders, row.folder));
      return image.file.push(row.file) - 1;
    },
    addAnnotation(row: AnnotationRow, file: string): number | undefined {
      if (annotationRows.has(row.id)) {
        problems.push(duplicate(file, 'annotation', row.id));
        return undefined;
      }
      const position = annotation.id.length;
      annotationRows.set(row.id, position);
      annotation.id.push(row.id);
      annotation.imageId.push(row.imageId);
      if (typeof row.category === 'string') {
        annotation.categoryName.set(position, row.category);
        annotation.categoryId.push(Number.NaN);
      } else annotation.categoryId.push(row.category);
      annotation.box.append(row.boxXywh ?? [Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
      annotation.area.push(row.areaPx ?? Number.NaN);
      annotation.crowd.push(row.isCrowd ? 1 : 0);
      if (row.record !== undefined) annotation.record.push(row.record);
      segmentationColumns = undefined;
      segmentations.add(row.segmentation);
      return position;
    },
    /** Adds a mask that belongs to a sample; `source` is the file and record that error messages name. */
    addMask(value: unknown, source: string): number {
      masks.add(value);
      maskSource.push(interned(maskSources, source));
      return masks.length - 1;
    },
    addBrokenMask(reason: string, source: string): number {
      masks.addBroken(reason);
      maskSource.push(interned(maskSources, source));
      return masks.length - 1;
    },
    addSample(row: SampleRow): void {
      sample.id.push(row.id);
      sample.image.push(row.image);
      sample.split.push(interned(splits, row.split));
      sample.raw.push(row.raw);
      sample.sentence.push(row.sentence);
      sample.refId.push(row.refId ?? Number.NaN);
      sample.sentenceId.push(row.sentenceId ?? Number.NaN);
      sample.kind.push(kindNames.indexOf(row.kind));
      sample.category.push(nameRow(row.category));
      sample.targetStart.push(targets.length);
      sample.targetCount.push(row.targets.length);
      targets.append(row.targets);
      sample.mask.push(row.mask ?? -1);
    },
    /** Resolves names and ids and closes the columns. */
    finish(where: { readonly imageFolder: string; readonly files: readonly string[] }): DatasetTables {
      const images = {
        id: image.id.finish(),
        file: image.file,
        width: image.width.finish(),
        height: image.height.finish(),
        folder: image.folder.finish(),
      };
      const id = annotation.id.finish();
      const imageId = annotation.imageId.finish();
      const imageRow = new Int32Array(id.length);
      const category = new Int32Array(id.length);
      const ids = annotation.categoryId;
      for (let row = 0; row < id.length; row++) {
        imageRow[row] = imageRows.get(imageId[row]) ?? -1;
        const named = annotation.categoryName.get(row);
        if (named === undefined && !categoryRows.has(ids[row])) {
          problems.push({
            kind: 'unknown-category',
            severity: severe,
            file: where.files[0],
            record: `annotation ${id[row]}`,
            id: id[row],
            message: `category ${ids[row]} is not among the categories`,
            fix: 'add it to the list or correct the annotation',
          });
        }
        if (imageRow[row] < 0) {
          problems.push({
            kind: 'missing-image-record',
            severity: severe,
            file: where.files[0],
            record: `annotation ${id[row]}`,
            id: id[row],
            message: `image ${imageId[row]} is not among the images`,
            fix: 'add the image or remove the annotation',
          });
        }
        category[row] = nameRow(named ?? categoryName(ids[row]));
      }
      const columns = segmentationColumns ?? segmentations.finish();
      const boxXywh = annotation.box.finish();
      const areaPx = annotation.area.finish();
      fillMeasures(columns, images, imageRow, boxXywh, areaPx);
      return {
        format,
        ...where,
        names,
        categoryIds,
        splits,
        folders,
        images,
        annotations: { id, imageId, image: imageRow, category, boxXywh, areaPx, isCrowd: annotation.crowd.finish() },
        ...(annotation.record.length > 0 ? { annotationRecords: annotation.record } : {}),
        segmentations: columns,
        samples: {
          id: sample.id,
          image: sample.image.finish(),
          split: sample.split.finish(),
          raw: sample.raw,
          sentence: sample.sentence,
          refId: sample.refId.finish(),
          sentenceId: sample.sentenceId.finish(),
          kind: sample.kind.finish(),
          category: sample.category.finish(),
          targetStart: sample.targetStart.finish(),
          targetCount: sample.targetCount.finish(),
          mask: sample.mask.finish(),
        },
        targets: targets.finish(),
        masks: masks.finish(),
        maskSource: maskSource.finish(),
        maskSources,
        problems,
      };
    },
  };

  function categoryName(id: number): string {
    const row = categoryRows.get(id);
    return row === undefined ? `category ${id}` : names[row];
  }
}

export type TablesBuilder = ReturnType<typeof createTables>;

function duplicate(file: string, what: string, id: number): Problem {
  return {
    kind: 'duplicate-id',
    severity: severe,
    file,
    record: `${what} ${id}`,
    id,
    message: `two records have the ${what} id ${id}`,
    fix: 'give each its own id or remove the copy',
  };
}

/** Boxes and areas that a release leaves out, from the masks; zeros where a mask cannot be decoded. */
function fillMeasures(
  columns: SegmentationColumns,
  images: { readonly width: Uint32Array; readonly height: Uint32Array },
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
