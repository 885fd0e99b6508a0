import { createColumn } from './columns.js';
import { internedRow } from './internedNames.js';
import { createSegmentations, type SegmentationColumns } from './segmentations.js';

/** Masks of samples that have no annotations, and where each was read. */
export interface MaskColumns {
  readonly masks: SegmentationColumns;
  /** Row of `maskSources`. */
  readonly maskSource: Int32Array;
  readonly maskSources: readonly string[];
}

/** Collects masks that belong to samples; `source` is the file and record that error messages name. */
export function createMaskTable() {
  const masks = createSegmentations();
  const maskSource = createColumn(Int32Array);
  const maskSources: string[] = [];
  /** Row of the mask that was added last. */
  const rowFrom = (source: string): number => {
    maskSource.push(internedRow(maskSources, source));
    return masks.length - 1;
  };
  return {
    /** Adds one and gives its row. */
    add(value: unknown, source: string): number {
      masks.add(value);
      return rowFrom(source);
    },
    addBroken(reason: string, source: string): number {
      masks.addBroken(reason);
      return rowFrom(source);
    },
    finish: (): MaskColumns => ({ masks: masks.finish(), maskSource: maskSource.finish(), maskSources }),
  };
}
