import { type AnnotationColumns, type AnnotationRow, createAnnotationTable } from './annotationTable.js';
import { createCategoryTable } from './categoryTable.js';
import { createImageTable, type ImageColumns, type ImageRow } from './imageTable.js';
import { createMaskTable } from './maskTable.js';
import type { Problem } from './problem.js';
import { createSampleTable, type SampleColumns, type SampleRow } from './sampleTable.js';
import type { SegmentationColumns } from './segmentations.js';

export type { AnnotationRow } from './annotationTable.js';
export type { ImageRow } from './imageTable.js';
export { kindNames, type SampleRow } from './sampleTable.js';

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
  readonly images: ImageColumns;
  readonly annotations: AnnotationColumns;
  /** What each annotation is called in its file, where that is not its id (Aerial-D: `object 3`). */
  readonly annotationRecords?: readonly string[];
  /** Segmentations of the annotations, row by row. */
  readonly segmentations: SegmentationColumns;
  readonly samples: SampleColumns;
  /** Rows of annotations, for each sample rising by id. */
  readonly targets: Uint32Array;
  /** Masks of samples that have no annotations, and where each was read. */
  readonly masks: SegmentationColumns;
  readonly maskSource: Int32Array;
  readonly maskSources: readonly string[];
  readonly problems: readonly Problem[];
}

/** Collects a release record by record. Ids used twice and names of records that are not there become problems. */
export function createTables(format: string) {
  const problems: Problem[] = [];
  const categories = createCategoryTable(problems);
  const images = createImageTable(problems);
  const annotations = createAnnotationTable(problems);
  const samples = createSampleTable();
  const masks = createMaskTable();
  return {
    problems,
    imageRows: images.rows,
    annotationRows: annotations.rows,
    annotationId: annotations.id,
    annotationImageId: annotations.imageId,
    /** Whether an annotation's mask has pixels, as far as it can be decoded. */
    hasMaskPixels: (row: number, imageRow: number): boolean =>
      annotations.hasMaskPixels(row, images.height(imageRow), images.width(imageRow)),
    /** Name of an annotation's category; call once the categories are known. */
    annotationCategory: (row: number): string => annotations.category(row, categories),
    imageCount: images.count,
    annotationCount: annotations.count,
    sampleCount: samples.count,
    addCategory: categories.add,
    categoryKnown: categories.has,
    categoryName: categories.nameOf,
    addImage: (row: ImageRow, file: string): number => images.add(row, file),
    addAnnotation: (row: AnnotationRow, file: string): number | undefined => annotations.add(row, file),
    /** Adds a mask that belongs to a sample; `source` is the file and record that error messages name. */
    addMask: masks.add,
    addBrokenMask: masks.addBroken,
    addSample: (row: SampleRow): void => samples.add(row, categories.rowOf(row.category)),
    /** Resolves names and ids and closes the columns. */
    finish(where: { readonly imageFolder: string; readonly files: readonly string[] }): DatasetTables {
      const imageColumns = images.finish();
      const annotated = annotations.finish({
        images: imageColumns,
        imageRows: images.rows,
        categories,
        file: where.files[0],
      });
      return {
        format,
        ...where,
        names: categories.names,
        categoryIds: categories.ids,
        splits: samples.splits,
        folders: images.folders,
        images: imageColumns,
        annotations: annotated.annotations,
        ...(annotations.records.length > 0 ? { annotationRecords: annotations.records } : {}),
        segmentations: annotated.segmentations,
        ...samples.finish(),
        ...masks.finish(),
        problems,
      };
    },
  };
}

export type TablesBuilder = ReturnType<typeof createTables>;
