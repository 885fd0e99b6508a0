import type { DenseMask } from '../imagery/index.js';
import { type Rle, rleArea, rleResize } from '../masks/index.js';

/** An annotated thing as a class map shows it. */
export interface ClassifiedThing {
  /** Place of its category in the list of classes. */
  readonly classIndex: number;
  /** Its mask; where the release gives a box only, that box, of which nothing is known but that the thing is in it. */
  readonly rle: Rle;
  readonly isBox: boolean;
}

/** Cells of which nothing is known. */
export const unknownClass = 255;

/** At most so many classes fit a byte beside background and unknown. */
export const mostClasses = 254;

/** Share of a cell that things must cover for it to be theirs. */
const leastCover = 0.25;

/**
 * What lies where in a picture: 0 for nothing that is annotated, 1 + class index for a thing (the smaller over the
 * larger), 255 inside things that have a box only.
 * @returns sidePx x sidePx, row-major, by nearest
 */
export function paintClassMap(things: readonly ClassifiedThing[], sidePx: number): DenseMask {
  const data = new Uint8Array(sidePx * sidePx);
  const largestFirst = things
    .map((thing) => ({ ...thing, areaPx: rleArea(thing.rle) }))
    .sort((a, b) => Number(b.isBox) - Number(a.isBox) || b.areaPx - a.areaPx);
  for (const { rle, isBox, classIndex } of largestFirst) {
    fillRuns(data, rleResize(rle, sidePx, sidePx), isBox ? unknownClass : 1 + classIndex);
  }
  return { width: sidePx, height: sidePx, data };
}

/** Writes a value where a mask is set: touches its own pixels alone, since most things of a picture are small. */
function fillRuns(data: Uint8Array, { height, width, counts }: Rle, value: number): void {
  let [row, column] = [0, 0];
  for (const [index, count] of counts.entries()) {
    if (index % 2 === 0) {
      const place = column * height + row + count;
      [row, column] = [place % height, Math.floor(place / height)];
      continue;
    }
    for (let left = count; left > 0; left--) {
      data[row * width + column] = value;
      row += 1;
      if (row === height) [row, column] = [0, column + 1];
    }
  }
}

/**
 * A part of a class map at the size of a model's finest map: of each cell the class that covers most of it, background
 * where things cover less than a quarter: nearest alone would lose things of a few pixels.
 * @param box x, y, width, height of the part, in pixels of the map
 * @returns sidePx x sidePx
 */
export function classMapPart(
  map: DenseMask,
  box: readonly [x: number, y: number, width: number, height: number],
  sidePx: number,
): DenseMask {
  const [left, top, width, height] = box;
  const data = new Uint8Array(sidePx * sidePx);
  const counts = new Uint16Array(256);
  const edge = (place: number, from: number, extent: number) => from + Math.floor((place * extent) / sidePx);
  for (let row = 0; row < sidePx; row++) {
    const firstRow = edge(row, top, height);
    const lastRow = Math.max(firstRow + 1, edge(row + 1, top, height));
    for (let column = 0; column < sidePx; column++) {
      const firstColumn = edge(column, left, width);
      const lastColumn = Math.max(firstColumn + 1, edge(column + 1, left, width));
      let most = 0;
      let covered = 0;
      for (let y = firstRow; y < lastRow; y++) {
        for (let place = y * map.width + firstColumn; place < y * map.width + lastColumn; place++) {
          const value = map.data[place];
          if (value === 0) continue;
          covered += 1;
          counts[value] += 1;
          if (counts[value] > counts[most]) most = value;
        }
      }
      if (covered === 0) continue;
      if (covered >= leastCover * (lastRow - firstRow) * (lastColumn - firstColumn)) data[row * sidePx + column] = most;
      for (let y = firstRow; y < lastRow; y++) {
        for (let place = y * map.width + firstColumn; place < y * map.width + lastColumn; place++) {
          counts[map.data[place]] = 0;
        }
      }
    }
  }
  return { width: sidePx, height: sidePx, data };
}
