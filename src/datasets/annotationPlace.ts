import type { DatasetTables } from './tables.js';

/** Where a person finds an annotation: its file below the dataset's folder, and what it is called there. */
export function annotationPlace(
  { files, annotations, annotationRecords }: DatasetTables,
  row: number,
): { file: string; record: string } {
  const record = annotationRecords?.[row];
  if (record === undefined) return { file: files[0], record: `annotation ${annotations.id[row]}` };
  // Only releases of one file a picture name their annotations otherwise than by an id; their files stand as the pictures.
  return { file: files[annotations.image[row]] ?? files[0], record };
}
