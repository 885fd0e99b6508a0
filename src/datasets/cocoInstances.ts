import { join } from 'node:path';
import { readJsonRecords } from './jsonRecords.js';
import type { ReadContext } from './layout.js';
import { type RecordReader, readRecord } from './recordFields.js';
import type { TablesBuilder } from './tables.js';

/** How a release's `instances.json` departs from COCO's. */
export interface InstancesDialect {
  /** `bbox` is x1, y1, x2, y2 instead of x, y, width, height. */
  readonly boxIsXyxy?: boolean;
}

/** A box as four numbers; undefined where the record has none. */
function readBox(record: RecordReader, isXyxy: boolean): number[] | undefined {
  if (record.value('bbox') === undefined) return undefined;
  const box = record.list('bbox');
  if (box.length === 0) return undefined;
  if (box.length !== 4 || !box.every((side) => typeof side === 'number' && Number.isFinite(side))) {
    throw record.fault(`'bbox' is ${JSON.stringify(box).slice(0, 80)}; expected four numbers`);
  }
  const [x, y, third, fourth] = box as [number, number, number, number];
  return isXyxy ? [x, y, third - x, fourth - y] : [x, y, third, fourth];
}

/**
 * Reads images, annotations and categories of an annotations file in COCO's form, in any order of its keys. A record
 * that lacks a field that everything needs throws a UserError with file and record.
 */
export async function readInstances(
  tables: TablesBuilder,
  root: string,
  file: string,
  context: ReadContext,
  dialect: InstancesDialect = {},
): Promise<void> {
  let lists = 0;
  const handlers = {
    images(value: unknown, index: number): void {
      lists |= 1;
      const record = readRecord(value, file, `images, record ${index + 1}`);
      const image = {
        id: record.integer('id'),
        file: record.text('file_name').replaceAll('\\', '/'),
        width: record.positive('width'),
        height: record.positive('height'),
      };
      tables.addImage(image, file);
    },
    annotations(value: unknown, index: number): void {
      lists |= 2;
      const record = readRecord(value, file, `annotations, record ${index + 1}`);
      const area = record.value('area');
      // RRSIS-D calls it so in places; a record that has neither lacks COCO's.
      const isPlural = record.value('category_id') === undefined && record.value('categories_id') !== undefined;
      tables.addAnnotation(
        {
          id: record.integer('id'),
          imageId: record.integer('image_id'),
          category: record.integer(isPlural ? 'categories_id' : 'category_id'),
          boxXywh: readBox(record, dialect.boxIsXyxy === true),
          areaPx: typeof area === 'number' && Number.isFinite(area) ? area : undefined,
          isCrowd: record.value('iscrowd') === 1 || record.value('iscrowd') === true,
          segmentation: record.value('segmentation'),
        },
        file,
      );
    },
    categories(value: unknown, index: number): void {
      const record = readRecord(value, file, `categories, record ${index + 1}`);
      tables.addCategory(record.integer('id'), record.text('name'), file);
    },
  };
  await readJsonRecords(join(root, file), file, handlers, context.signal);
  if ((lists & 1) === 0 && tables.imageCount() === 0 && (lists & 2) !== 0) {
    throw readRecord({}, file, 'the top level').fault("it has annotations but no 'images'");
  }
}
