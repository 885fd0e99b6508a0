import { UserError } from '../errors/index.js';
import { type Rle, rleFromPolygons, rleFromString, rleToString, rleUnion } from '../masks/index.js';
import { createColumn } from './columns.js';

/** How a segmentation is stored: absent, outlines, a compressed string, plain counts, or broken with a reason. */
export const segmentationKind = { none: 0, polygons: 1, text: 2, counts: 3, broken: 4 } as const;

/** The columns of many segmentations: small in memory, quick to save and to load, decoded one by one when asked. */
export interface SegmentationColumns {
  readonly kind: Uint8Array;
  /** Size that the runs state, height before width; 0 for outlines. */
  readonly height: Uint32Array;
  readonly width: Uint32Array;
  /** First entry of each in `rings`, `text`, `counts` or `reasons`, by kind; and how many entries. */
  readonly start: Uint32Array;
  readonly length: Uint32Array;
  /** For outlines: the first number in `points`. */
  readonly pointStart: Uint32Array;
  /** Numbers (not pairs) of each outline. */
  readonly rings: Uint32Array;
  readonly points: Float64Array;
  readonly text: Uint8Array;
  readonly counts: Uint32Array;
  readonly reasons: readonly string[];
}

/** Takes segmentations as releases write them. */
export interface SegmentationBuilder {
  readonly length: number;
  /** Adds one as found in JSON, a pickle or XML; what cannot be one is kept as broken, with the reason. */
  add(value: unknown): void;
  addRle(rle: Rle): void;
  addBroken(reason: string): void;
  finish(): SegmentationColumns;
}

const field = (value: unknown, key: string): unknown => {
  if (value instanceof Map) return value.get(key);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
};

const isRun = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && field(value, 'counts') !== undefined;

/** The reason why a list cannot be an outline; undefined when it can. */
function outlineFault(polygon: unknown, position: number): string | undefined {
  const which = `polygon ${position + 1}`;
  if (!Array.isArray(polygon))
    return `${which} is ${polygon === null ? 'null' : typeof polygon}, not a list of numbers`;
  if (polygon.length % 2 !== 0) return `${which} has ${polygon.length} numbers; expected pairs x, y`;
  for (let index = 0; index < polygon.length; index++) {
    if (!Number.isFinite(polygon[index])) return `${which}: number ${index + 1} is ${JSON.stringify(polygon[index])}`;
  }
  return undefined;
}

/** Starts an empty set of segmentations. */
export function createSegmentations(): SegmentationBuilder {
  const kind = createColumn(Uint8Array);
  const height = createColumn(Uint32Array);
  const width = createColumn(Uint32Array);
  const start = createColumn(Uint32Array);
  const length = createColumn(Uint32Array);
  const pointStart = createColumn(Uint32Array);
  const rings = createColumn(Uint32Array);
  const points = createColumn(Float64Array);
  const text = createColumn(Uint8Array);
  const counts = createColumn(Uint32Array);
  const reasons: string[] = [];

  const row = (of: number, from: number, count: number, size: readonly [number, number], point = 0): void => {
    kind.push(of);
    start.push(from);
    length.push(count);
    height.push(size[0]);
    width.push(size[1]);
    pointStart.push(point);
  };
  const addBroken = (reason: string): void => {
    reasons.push(reason);
    row(segmentationKind.broken, reasons.length - 1, 1, [0, 0]);
  };
  const addBytes = (bytes: ArrayLike<number>, size: readonly [number, number]): void => {
    row(segmentationKind.text, text.length, bytes.length, size);
    text.append(bytes);
  };
  const addRuns = (value: unknown): void => {
    const size = field(value, 'size');
    const runs = field(value, 'counts');
    if (!Array.isArray(size) || size.length !== 2 || !size.every((side) => Number.isInteger(side) && side > 0)) {
      addBroken(`'size' of the runs is ${JSON.stringify(size)}; expected [height, width]`);
    } else if (typeof runs === 'string') {
      addBytes(Buffer.from(runs, 'latin1'), [size[0], size[1]]);
    } else if (runs instanceof Uint8Array) {
      addBytes(runs, [size[0], size[1]]);
    } else if (!Array.isArray(runs)) {
      addBroken(`'counts' is ${typeof runs}; expected a string or a list of run lengths`);
    } else {
      const odd = runs.findIndex((run) => !Number.isInteger(run) || run < 0 || run > 0xffffffff);
      if (odd >= 0) addBroken(`run ${odd + 1} is ${JSON.stringify(runs[odd])}; expected a whole number from 0`);
      else {
        row(segmentationKind.counts, counts.length, runs.length, [size[0], size[1]]);
        counts.append(runs as number[]);
      }
    }
  };
  const addOutlines = (polygons: readonly unknown[]): void => {
    for (const [position, polygon] of polygons.entries()) {
      const fault = outlineFault(polygon, position);
      if (fault) {
        addBroken(fault);
        return;
      }
    }
    row(segmentationKind.polygons, rings.length, polygons.length, [0, 0], points.length);
    for (const polygon of polygons as number[][]) {
      rings.push(polygon.length);
      points.append(polygon);
    }
  };

  return {
    get length() {
      return kind.length;
    },
    addBroken,
    addRle: ({ height: h, width: w, counts: runs }) => {
      addBytes(Buffer.from(rleToString({ height: h, width: w, counts: runs }), 'latin1'), [h, w]);
    },
    add(value) {
      const isList = Array.isArray(value);
      if (value === undefined || value === null || (isList && value.length === 0)) {
        row(segmentationKind.none, 0, 0, [0, 0]);
      } else if (isRun(value)) addRuns(value);
      else if (!isList) addBroken(`a segmentation of type ${typeof value}; expected polygons or runs`);
      else if (value.length === 1 && isRun(value[0])) addRuns(value[0]);
      else if (value.every(isRun)) addUnion(value);
      // A single outline not wrapped in a list of outlines, as some exporters write it.
      else addOutlines(value.every((number) => typeof number === 'number') ? [value] : value);
    },
    finish: () => ({
      kind: kind.finish(),
      height: height.finish(),
      width: width.finish(),
      start: start.finish(),
      length: length.finish(),
      pointStart: pointStart.finish(),
      rings: rings.finish(),
      points: points.finish(),
      text: text.finish(),
      counts: counts.finish(),
      reasons,
    }),
  };

  function addUnion(runs: readonly unknown[]): void {
    const parts = createSegmentations();
    for (const run of runs) parts.add(run);
    const columns = parts.finish();
    try {
      const rles = runs.map((_, position) => segmentationRle(columns, position, columns.height[0], columns.width[0]));
      const whole = rleUnion(rles);
      addBytes(Buffer.from(rleToString(whole), 'latin1'), [whole.height, whole.width]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      addBroken(error.message);
    }
  }
}

/** The outlines of a segmentation, each flat x, y; undefined where it is not made of outlines. */
export function segmentationPolygons(columns: SegmentationColumns, row: number): number[][] | undefined {
  if (columns.kind[row] !== segmentationKind.polygons) return undefined;
  const polygons: number[][] = [];
  let point = columns.pointStart[row];
  for (let ring = columns.start[row]; ring < columns.start[row] + columns.length[row]; ring++) {
    polygons.push([...columns.points.subarray(point, point + columns.rings[ring])]);
    point += columns.rings[ring];
  }
  return polygons;
}

/**
 * The mask of a segmentation at an image's size, given in pixels. Throws a UserError (without file and record, which
 * the caller adds) where there is none, it is broken, its runs have another size or do not sum to height x width.
 */
export function segmentationRle(columns: SegmentationColumns, row: number, height: number, width: number): Rle {
  const kind = columns.kind[row];
  const start = columns.start[row];
  const length = columns.length[row];
  if (kind === segmentationKind.none) throw new UserError('it has no mask');
  if (kind === segmentationKind.broken) throw new UserError(columns.reasons[start]);
  if (kind === segmentationKind.polygons) {
    return rleFromPolygons(segmentationPolygons(columns, row) ?? [], height, width);
  }
  const [h, w] = [columns.height[row], columns.width[row]];
  if (h !== height || w !== width) {
    throw new UserError(`its runs are for ${w} x ${h} pixels (width x height), the image has ${width} x ${height}`);
  }
  const counts =
    kind === segmentationKind.counts
      ? columns.counts.slice(start, start + length)
      : decodeText(columns.text.subarray(start, start + length), h, w);
  let sum = 0;
  for (const run of counts) sum += run;
  if (sum !== h * w) {
    throw new UserError(`its runs sum to ${sum}; expected height x width = ${h} x ${w} = ${h * w}`);
  }
  return { height: h, width: w, counts };
}

function decodeText(bytes: Uint8Array, height: number, width: number): Uint32Array {
  try {
    return rleFromString(Buffer.from(bytes).toString('latin1'), height, width).counts;
  } catch (error) {
    throw new UserError(`its runs cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
