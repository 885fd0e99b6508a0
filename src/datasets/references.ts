import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { readPickle } from '../pickles/index.js';
import { explainFileError } from './fileProblem.js';
import { readJsonRecords } from './jsonRecords.js';
import type { ReadContext } from './layout.js';
import { type RecordReader, readRecord, shown } from './recordFields.js';
import { noTargetCategory } from './release.js';
import { normaliseSentence } from './sentence.js';
import type { TablesBuilder } from './tables.js';

/** One sentence of a reference record, its ids resolved. */
interface ReadSentence {
  readonly refId: number;
  readonly position: number;
  readonly imageRow: number;
  readonly split: string;
  readonly raw: string;
  readonly sentence: string;
  readonly sentenceId: number | undefined;
  readonly category: string;
  /** Rows of annotations; none for a non-object expression. */
  readonly targets: readonly number[];
}

/** How releases in REFER's form differ. */
export interface ReferencesDialect {
  /** Records that share image, sentence and split are one expression about several objects (NWPU-Refer). */
  readonly mergeSameSentence: boolean;
}

/** The records of a references file: a pickle (`.p`) or JSON, which hold the same. */
async function eachReference(
  root: string,
  file: string,
  context: ReadContext,
  use: (record: unknown, index: number) => void,
): Promise<void> {
  const path = join(root, file);
  if (file.endsWith('.json')) return readJsonRecords(path, file, { '': use }, context.signal);
  let records: unknown;
  try {
    records = readPickle(await readFile(path));
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${file}: ${error.message}`, { cause: error });
    throw explainFileError(error, file);
  }
  if (!Array.isArray(records)) throw new UserError(`${file}: expected a list of references; download it again`);
  for (const [index, record] of records.entries()) use(record, index);
}

/** The annotation ids of a record: one number, or a list (gRefCOCO); -1 means none. */
function annotationIds(record: RecordReader): number[] {
  const value = record.value('ann_id');
  const ids = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (!ids.every((id) => Number.isSafeInteger(id))) {
    throw record.fault(`'ann_id' is ${shown(value)}; expected whole numbers`);
  }
  return (ids as number[]).filter((id) => id !== -1);
}

/** The category of a record by its id (the first of a list); undefined where it states none. */
function categoryId(record: RecordReader): number | undefined {
  const value = record.value('category_id');
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' && first !== -1 ? first : undefined;
}

/**
 * Reads references into samples. Problems that a reader can pass over (ids used twice, names of records that are not
 * there, empty sentences) are noted in the tables and the reference is left out; a record that is not a reference at
 * all throws a UserError with file and record.
 */
export async function readReferences(
  tables: TablesBuilder,
  root: string,
  file: string,
  context: ReadContext,
  dialect: ReferencesDialect,
): Promise<void> {
  const seen = new Set<number>();
  const sentences: ReadSentence[] = [];
  const note = (
    kind: 'duplicate-id' | 'missing-annotation' | 'missing-image-record' | 'empty-sentence' | 'non-object-with-mask',
    id: number,
    message: string,
    fix: string,
  ): void => {
    tables.problems.push({ kind, severity: 'error', file, record: `ref ${id}`, id, message, fix });
  };

  await eachReference(root, file, context, (value, index) => {
    const record = readRecord(value, file, `record ${index + 1}`);
    const refId = record.integer('ref_id');
    const imageId = record.integer('image_id');
    const split = record.text('split');
    const written = record.list('sentences');
    if (seen.has(refId)) {
      note('duplicate-id', refId, `two references have the id ${refId}`, 'give each its own id or remove the copy');
      return;
    }
    seen.add(refId);
    const imageRow = tables.imageRows.get(imageId);
    if (imageRow === undefined) {
      note(
        'missing-image-record',
        refId,
        `image ${imageId} is not among the images`,
        'add the image or remove the ref',
      );
      return;
    }
    const statedId = categoryId(record);
    const stated = statedId === undefined ? undefined : tables.categoryName(statedId);
    if (statedId !== undefined && !tables.categoryKnown(statedId)) {
      tables.problems.push({
        kind: 'unknown-category',
        severity: 'error',
        file,
        record: `ref ${refId}`,
        id: refId,
        message: `category ${statedId} is not among the categories`,
        fix: 'add it to the list or correct the ref',
      });
    }
    const ids = annotationIds(record);
    const rows: number[] = [];
    let isNone = ids.length === 0 || stated === noTargetCategory || record.value('no_target') === true;
    for (const id of ids) {
      const row = tables.annotationRows.get(id);
      if (row === undefined || tables.annotationImageId(row) !== imageId) {
        const message =
          row === undefined
            ? `annotation ${id} is not among the annotations`
            : `annotation ${id} belongs to image ${tables.annotationImageId(row)}, not to image ${imageId}`;
        note('missing-annotation', refId, message, 'correct its ann_id or remove the ref');
        if (!isNone) return;
        continue;
      }
      rows.push(row);
    }
    if (rows.length > 0 && rows.every((row) => tables.annotationCategory(row) === noTargetCategory)) isNone = true;
    const targets = isNone ? [] : rows.filter((row) => tables.annotationCategory(row) !== noTargetCategory);
    if (isNone && rows.some((row) => tables.hasMaskPixels(row, imageRow))) {
      const message = `it is a non-object expression, but annotation ${ids[0]} has a mask`;
      note('non-object-with-mask', refId, message, 'empty the mask or correct the category; it is read as empty');
    }
    const category = isNone ? noTargetCategory : (stated ?? tables.annotationCategory(targets[0]));
    for (const [position, entry] of written.entries()) {
      const sentence = readRecord(entry, file, `record ${index + 1}, sentence ${position + 1}`);
      const sent = sentence.optionalText('sent');
      const raw = sentence.optionalText('raw') ?? sent;
      if (raw === undefined) throw sentence.fault("it has neither 'raw' nor 'sent'");
      const normalised = normaliseSentence(sent ?? raw);
      const sentenceId = sentence.optionalInteger('sent_id');
      if (normalised === '')
        note('empty-sentence', refId, `sentence ${position + 1} has no words`, 'write it or remove it');
      sentences.push({ refId, position, imageRow, split, raw, sentence: normalised, sentenceId, category, targets });
    }
    if (written.length === 0) note('empty-sentence', refId, 'it has no sentence', 'write one or remove the ref');
  });

  if (dialect.mergeSameSentence) addMerged(tables, sentences);
  else for (const sentence of sentences) addSample(tables, sentence, sentence.targets);
}

function addSample(tables: TablesBuilder, sentence: ReadSentence, targets: readonly number[]): void {
  const { refId, position, imageRow, split, raw, sentenceId, category } = sentence;
  const id = position === 0 ? `${refId}` : `${refId}.${position}`;
  const sorted = [...new Set(targets)].sort((a, b) => tables.annotationId(a) - tables.annotationId(b));
  tables.addSample({
    id,
    image: imageRow,
    split,
    raw,
    sentence: sentence.sentence,
    refId,
    sentenceId,
    kind: sorted.length === 0 ? 'none' : sorted.length === 1 ? 'single' : 'multi',
    category,
    targets: sorted,
  });
}

/** Adds one sample for all sentences of the same image, split and words; the lowest ref id speaks for them. */
function addMerged(tables: TablesBuilder, sentences: readonly ReadSentence[]): void {
  const groups = new Map<string, ReadSentence[]>();
  for (const sentence of sentences) {
    const key = `${sentence.imageRow}\n${sentence.split}\n${sentence.sentence}`;
    const group = groups.get(key);
    if (group) group.push(sentence);
    else groups.set(key, [sentence]);
  }
  for (const group of groups.values()) {
    const first = group.reduce((lowest, sentence) => (sentence.refId < lowest.refId ? sentence : lowest));
    addSample(
      tables,
      first,
      group.flatMap(({ targets }) => targets),
    );
  }
}
