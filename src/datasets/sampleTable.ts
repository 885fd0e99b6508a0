import { createColumn } from './columns.js';
import { internedRow } from './internedNames.js';

/** Codes of `Kind` in a column. */
export const kindNames = ['single', 'multi', 'none'] as const;

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

/** The samples of a release, column by column. */
export interface SampleColumns {
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
}

/** Collects the samples of a release. */
export function createSampleTable() {
  const id: string[] = [];
  const image = createColumn(Int32Array);
  const split = createColumn(Int32Array);
  const raw: string[] = [];
  const sentence: string[] = [];
  const refId = createColumn(Float64Array);
  const sentenceId = createColumn(Float64Array);
  const kind = createColumn(Uint8Array);
  const category = createColumn(Int32Array);
  const targetStart = createColumn(Uint32Array);
  const targetCount = createColumn(Uint32Array);
  const mask = createColumn(Int32Array);
  /** Rows of annotations, those of one sample after those of the other. */
  const targets = createColumn(Uint32Array);
  const splits: string[] = [];
  return {
    splits,
    count: (): number => raw.length,
    /** Adds one; `categoryRow` is the row of its category's name. */
    add(row: SampleRow, categoryRow: number): void {
      id.push(row.id);
      image.push(row.image);
      split.push(internedRow(splits, row.split));
      raw.push(row.raw);
      sentence.push(row.sentence);
      refId.push(row.refId ?? Number.NaN);
      sentenceId.push(row.sentenceId ?? Number.NaN);
      kind.push(kindNames.indexOf(row.kind));
      category.push(categoryRow);
      targetStart.push(targets.length);
      targetCount.push(row.targets.length);
      targets.append(row.targets);
      mask.push(row.mask ?? -1);
    },
    finish: (): { samples: SampleColumns; targets: Uint32Array } => ({
      samples: {
        id,
        image: image.finish(),
        split: split.finish(),
        raw,
        sentence,
        refId: refId.finish(),
        sentenceId: sentenceId.finish(),
        kind: kind.finish(),
        category: category.finish(),
        targetStart: targetStart.finish(),
        targetCount: targetCount.finish(),
        mask: mask.finish(),
      },
      targets: targets.finish(),
    }),
  };
}
