import { decodeRle, type Rle, rleResize } from '../masks/index.js';
import { captionFont, loadCanvas, wrapText } from './captionFont.js';
import { blankImage, type Rgb, type RgbImage } from './image.js';
import { resizeBilinearPillow } from './resizePillow.js';

/** Colours that differ from each other and from what aerial pictures are made of. */
export const overlayColours: readonly Rgb[] = [
  [255, 45, 85],
  [0, 200, 255],
  [255, 204, 0],
  [170, 80, 255],
  [60, 230, 90],
  [255, 120, 0],
  [255, 120, 220],
  [0, 120, 255],
  [200, 255, 60],
  [0, 220, 180],
  [255, 255, 255],
  [150, 90, 40],
];

/** What is drawn over the picture: a mask, a box [x, y, width, height] in the picture's pixels, or both. */
export interface OverlayLayer {
  readonly colour: Rgb;
  readonly mask?: Rle;
  readonly boxXywh?: readonly [number, number, number, number];
}

export interface OverlayOptions {
  /** Words under the picture; wrapped. */
  readonly sentence?: string;
  /** A smaller line under the sentence. */
  readonly note?: string;
  /** Coloured squares with words, under the rest. */
  readonly legend?: readonly { readonly colour: Rgb; readonly text: string }[];
  /**
   * Width of the result. Left out: the picture's own, small ones enlarged to at least 480 px by whole factors (pixels
   * stay visible), large ones shrunk to at most 1600 px a side.
   */
  readonly widthPx?: number;
  /** How much of the colour covers the inside, 0 to 1 (default 0.4); the contour is drawn in full. */
  readonly fill?: number;
}

const smallestWidthPx = 480;
const largestSidePx = 1600;
/** Lines of a caption: more than a model reads, and a strip that does not outgrow the picture without end. */
const mostLines = 40;
const paper: Rgb = [250, 250, 248];

/**
 * Draws masks over a picture, filled translucently with a contour, and the sentence under it on a strip of its own.
 * Masks and boxes are in the picture's pixels. Throws a UserError when a mask is damaged.
 */
export async function drawOverlay(
  image: RgbImage,
  layers: readonly OverlayLayer[],
  options: OverlayOptions = {},
): Promise<RgbImage> {
  const scaled = scaleForDisplay(image, options.widthPx);
  const { width, height } = scaled;
  const data = scaled === image ? image.data.slice() : scaled.data;
  const linePx = Math.max(2, Math.round(Math.min(width, height) / 300));
  for (const { colour, mask, boxXywh } of layers) {
    if (mask) {
      const resized = mask.width === width && mask.height === height ? mask : rleResize(mask, height, width);
      paintMask(data, decodeRle(resized), width, height, colour, options.fill ?? 0.4, linePx);
    }
    if (boxXywh) {
      const [x, y, boxWidth, boxHeight] = boxXywh;
      paintBox(
        { width, height, data },
        [
          (x * width) / image.width,
          (y * height) / image.height,
          (boxWidth * width) / image.width,
          (boxHeight * height) / image.height,
        ],
        colour,
        linePx,
      );
    }
  }
  const strip = await drawStrip(width, options);
  if (!strip) return { width, height, data };
  const joined = blankImage(width, height + strip.height);
  joined.data.set(data);
  joined.data.set(strip.data, data.length);
  return joined;
}

function scaleForDisplay(image: RgbImage, widthPx: number | undefined): RgbImage {
  if (widthPx !== undefined) {
    const height = Math.max(1, Math.round((image.height * widthPx) / image.width));
    const factor = widthPx / image.width;
    if (factor >= 2 && Number.isInteger(factor)) return enlarge(image, factor);
    return resizeBilinearPillow(image, height, widthPx);
  }
  const longest = Math.max(image.width, image.height);
  if (longest > largestSidePx) {
    const scale = largestSidePx / longest;
    return resizeBilinearPillow(
      image,
      Math.max(1, Math.round(image.height * scale)),
      Math.max(1, Math.round(image.width * scale)),
    );
  }
  const factor = Math.min(Math.ceil(smallestWidthPx / image.width), Math.floor(largestSidePx / longest));
  return factor > 1 ? enlarge(image, factor) : image;
}

function enlarge(image: RgbImage, factor: number): RgbImage {
  const result = blankImage(image.width * factor, image.height * factor);
  const rowBytes = result.width * 3;
  for (let row = 0; row < image.height; row++) {
    const start = row * factor * rowBytes;
    for (let column = 0; column < image.width; column++) {
      const from = (row * image.width + column) * 3;
      const pixel = image.data.subarray(from, from + 3);
      for (let copy = 0; copy < factor; copy++) result.data.set(pixel, start + (column * factor + copy) * 3);
    }
    for (let copy = 1; copy < factor; copy++) {
      result.data.copyWithin(start + copy * rowBytes, start, start + rowBytes);
    }
  }
  return result;
}

function paintMask(
  data: Uint8Array,
  mask: Uint8Array,
  width: number,
  height: number,
  colour: Rgb,
  fill: number,
  linePx: number,
): void {
  // The contour lies within the mask: what `linePx` erosions take away. Pixels at the picture's edge have no neighbour
  // to be outside, so that a mask which runs out of the picture stays open there.
  let inner = mask;
  for (let step = 0; step < linePx; step++) {
    const next = inner.slice();
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = row * width + column;
        if (inner[at] === 0) continue;
        const touches =
          (column > 0 && inner[at - 1] === 0) ||
          (column < width - 1 && inner[at + 1] === 0) ||
          (row > 0 && inner[at - width] === 0) ||
          (row < height - 1 && inner[at + width] === 0);
        if (touches) next[at] = 0;
      }
    }
    inner = next;
  }
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    const cover = inner[at] === 0 ? 1 : fill;
    for (let band = 0; band < 3; band++) {
      const place = at * 3 + band;
      data[place] = Math.round(data[place] * (1 - cover) + colour[band] * cover);
    }
  }
}

function paintBox(
  image: RgbImage,
  [x, y, boxWidth, boxHeight]: readonly [number, number, number, number],
  colour: Rgb,
  linePx: number,
): void {
  const left = Math.round(x);
  const top = Math.round(y);
  const right = Math.max(left + 1, Math.round(x + boxWidth));
  const bottom = Math.max(top + 1, Math.round(y + boxHeight));
  for (let row = Math.max(0, top); row < Math.min(image.height, bottom); row++) {
    const isEdgeRow = row < top + linePx || row >= bottom - linePx;
    for (let column = Math.max(0, left); column < Math.min(image.width, right); column++) {
      if (isEdgeRow || column < left + linePx || column >= right - linePx) {
        image.data.set(colour, (row * image.width + column) * 3);
      }
    }
  }
}

/** The strip with the words; undefined when there are none. */
async function drawStrip(
  width: number,
  { sentence, note, legend = [] }: OverlayOptions,
): Promise<RgbImage | undefined> {
  if (!sentence && !note && legend.length === 0) return undefined;
  const { createCanvas } = await loadCanvas();
  const sizePx = Math.max(12, Math.min(28, Math.round(width / 30)));
  const smallPx = Math.max(11, Math.round(sizePx * 0.75));
  const marginPx = Math.round(sizePx * 0.6);
  const room = Math.max(sizePx, width - 2 * marginPx);
  const measure = createCanvas(1, 1).getContext('2d');
  const rows: { text: string; fontPx: number; grey: number; colour?: Rgb }[] = [];
  const addText = (text: string, fontPx: number, grey: number): void => {
    measure.font = captionFont(fontPx);
    for (const line of wrapText(measure, text, room, mostLines)) rows.push({ text: line, fontPx, grey });
  };
  if (sentence) addText(sentence, sizePx, 20);
  if (note) addText(note, smallPx, 110);
  // Entries of the legend stand side by side as far as there is room.
  measure.font = captionFont(smallPx);
  const entries: { line: number; x: number; colour: Rgb; text: string }[] = [];
  let line = 0;
  let x = 0;
  for (const { colour, text } of legend) {
    const needed = smallPx * 1.4 + measure.measureText(text).width + smallPx;
    if (x > 0 && x + needed > room) {
      line++;
      x = 0;
    }
    entries.push({ line, x, colour, text });
    x += needed;
  }
  const lineHeight = (fontPx: number): number => Math.round(fontPx * 1.4);
  const textHeight = rows.reduce((sum, row) => sum + lineHeight(row.fontPx), 0);
  const legendHeight = entries.length === 0 ? 0 : (line + 1) * lineHeight(smallPx);
  const height = textHeight + legendHeight + marginPx;
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = `rgb(${paper.join()})`;
  context.fillRect(0, 0, width, height);
  let y = Math.round(marginPx / 2);
  for (const row of rows) {
    context.font = captionFont(row.fontPx);
    context.fillStyle = `rgb(${row.grey}, ${row.grey}, ${row.grey})`;
    context.fillText(row.text, marginPx, y + row.fontPx);
    y += lineHeight(row.fontPx);
  }
  context.font = captionFont(smallPx);
  for (const entry of entries) {
    const top = y + entry.line * lineHeight(smallPx);
    context.fillStyle = `rgb(${entry.colour.join()})`;
    context.fillRect(marginPx + entry.x, top + smallPx * 0.15, smallPx, smallPx);
    context.strokeStyle = 'rgb(90, 90, 90)';
    context.strokeRect(marginPx + entry.x + 0.5, top + Math.round(smallPx * 0.15) + 0.5, smallPx - 1, smallPx - 1);
    context.fillStyle = 'rgb(60, 60, 60)';
    context.fillText(entry.text, marginPx + entry.x + smallPx * 1.4, top + smallPx);
  }
  const rgba = context.getImageData(0, 0, width, height).data;
  const strip = blankImage(width, height);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    strip.data[to] = rgba[from];
    strip.data[to + 1] = rgba[from + 1];
    strip.data[to + 2] = rgba[from + 2];
  }
  return strip;
}

/**
 * Puts pictures on one sheet, row by row in `columns` columns of `cellPx` pixels; wider ones are shrunk to that, narrower ones
 * centred. Throws a RangeError when there is no picture.
 */
export function contactSheet(pictures: readonly RgbImage[], columns: number, cellPx: number): RgbImage {
  if (pictures.length === 0) throw new RangeError('contact sheet: no picture to put on it');
  const gapPx = Math.max(4, Math.round(cellPx / 60));
  const cells = pictures.map((picture) =>
    picture.width > cellPx
      ? resizeBilinearPillow(picture, Math.max(1, Math.round((picture.height * cellPx) / picture.width)), cellPx)
      : picture,
  );
  const used = Math.min(columns, cells.length);
  const rows = Array.from({ length: Math.ceil(cells.length / used) }, (_, row) =>
    cells.slice(row * used, (row + 1) * used),
  );
  const heights = rows.map((row) => Math.max(...row.map(({ height }) => height)));
  const sheet = blankImage(
    gapPx + used * (cellPx + gapPx),
    gapPx + heights.reduce((sum, height) => sum + height + gapPx, 0),
    [225, 225, 222],
  );
  let top = gapPx;
  rows.forEach((row, place) => {
    row.forEach((cell, column) => {
      const left = gapPx + column * (cellPx + gapPx) + Math.floor((cellPx - cell.width) / 2);
      for (let y = 0; y < cell.height; y++) {
        const line = cell.data.subarray(y * cell.width * 3, (y + 1) * cell.width * 3);
        sheet.data.set(line, ((top + y) * sheet.width + left) * 3);
      }
    });
    top += heights[place] + gapPx;
  });
  return sheet;
}
