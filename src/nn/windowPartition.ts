import { constant, constantGather, reshape, type Value } from '../engine/index.js';

/** How a map of tokens falls into shifted windows. */
export interface WindowGeometry {
  readonly height: number;
  readonly width: number;
  readonly window: number;
  /** Tokens along rows and columns. */
  readonly shift: readonly [number, number];
  /** Size padded right and bottom to a multiple of the window. */
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  readonly windows: number;
}

/** @param shift alike along both axes, or down and across */
export function windowGeometry(
  height: number,
  width: number,
  window: number,
  shift: number | readonly [number, number],
): WindowGeometry {
  const paddedHeight = Math.ceil(height / window) * window;
  const paddedWidth = Math.ceil(width / window) * window;
  const windows = (paddedHeight / window) * (paddedWidth / window);
  const shifts = typeof shift === 'number' ? ([shift, shift] as const) : shift;
  return { height, width, window, shift: shifts, paddedHeight, paddedWidth, windows };
}

/** Calls `visit` for each place of each window with the position (row, column) of the rolled, padded map. */
function forEachPlace(
  { window, paddedHeight, paddedWidth }: WindowGeometry,
  visit: (place: number, row: number, column: number) => void,
): void {
  let place = 0;
  for (let top = 0; top < paddedHeight; top += window) {
    for (let left = 0; left < paddedWidth; left += window) {
      for (let row = top; row < top + window; row++) {
        for (let column = left; column < left + window; column++) visit(place++, row, column);
      }
    }
  }
}

/** The token that each place of each window reads, -1 where it is padding. */
function tokenOfPlace(geometry: WindowGeometry): Int32Array {
  const { height, width, shift, paddedHeight, paddedWidth } = geometry;
  const tokens = new Int32Array(paddedHeight * paddedWidth);
  forEachPlace(geometry, (place, row, column) => {
    const sourceRow = (row + shift[0]) % paddedHeight;
    const sourceColumn = (column + shift[1]) % paddedWidth;
    tokens[place] = sourceRow < height && sourceColumn < width ? sourceRow * width + sourceColumn : -1;
  });
  return tokens;
}

/**
 * Pads, rolls by (-shift, -shift) and cuts into windows with a single gather: [B, H W, C] -> [B, windows, w^2, C].
 * Padding reads zeros.
 */
export function windowPartition(tokens: Value, geometry: WindowGeometry): Value {
  const { windows, window } = geometry;
  return constantGather(tokens, 1, tokenOfPlace(geometry), [windows, window * window]);
}

/** The inverse: [B, windows, w^2, C] -> [B, H W, C], padding dropped. */
export function windowReverse(windows: Value, geometry: WindowGeometry): Value {
  const { height, width } = geometry;
  const placeOfToken = new Int32Array(height * width);
  for (const [place, token] of tokenOfPlace(geometry).entries()) if (token >= 0) placeOfToken[token] = place;
  const [batch, count, area, channels] = windows.shape;
  return constantGather(reshape(windows, [batch, count * area, channels]), 1, placeOfToken, [height * width]);
}

/**
 * Added to the logits of shifted windows: -100 between tokens of different regions of the rolled map, which were no
 * neighbours before the roll; [windows, w^2, w^2] (Swin, figure 4).
 */
export function shiftMask(geometry: WindowGeometry): Value {
  const { window, shift, windows, paddedHeight, paddedWidth } = geometry;
  const area = window * window;
  const band = (position: number, size: number, own: number): number =>
    position < size - window ? 0 : position < size - own ? 1 : 2;
  const regions = new Uint8Array(windows * area);
  forEachPlace(geometry, (place, row, column) => {
    regions[place] = 3 * band(row, paddedHeight, shift[0]) + band(column, paddedWidth, shift[1]);
  });
  const mask = new Float32Array(windows * area * area);
  for (let query = 0; query < windows * area; query++) {
    const first = Math.floor(query / area) * area;
    for (let key = 0; key < area; key++) mask[query * area + key] = regions[query] === regions[first + key] ? 0 : -100;
  }
  return constant(mask, [windows, area, area]);
}
