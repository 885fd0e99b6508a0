import {
  decodeRle,
  encodeRle,
  type Rle,
  rleArea,
  rleBox,
  rleFromBox,
  rleFromPolygons,
  rleFromString,
  rleIntersection,
  rleIou,
  rleStringIntersection,
  rleStringUnion,
  rleToString,
  rleUnion,
} from '../src/masks/index.js';

interface GoldenMask {
  readonly counts: readonly number[];
  readonly compressed: string;
  readonly area: number;
  readonly bbox: readonly number[];
}

/** The reference cases of COCO masks as `coco-masks.json` holds them. */
export interface GoldenMasks {
  readonly polygons: readonly {
    height: number;
    width: number;
    kind: string;
    polygons: number[][];
    each: GoldenMask[];
    union: GoldenMask;
    intersection: GoldenMask;
  }[];
  readonly iou: readonly {
    height: number;
    width: number;
    predicted: string[];
    truth: string[];
    iscrowd: number[];
    iou: number[][];
  }[];
  readonly encode: readonly ({ height: number; width: number; rows: string[] } & GoldenMask)[];
  readonly boxes: readonly { height: number; width: number; bbox: number[]; mask: GoldenMask }[];
}

/** Names every case and value in which this implementation differs from the reference; how many values were compared. */
export function compareGoldenMasks(golden: GoldenMasks): { differences: string[]; compared: number } {
  const differences: string[] = [];
  let compared = 0;
  const same = (what: string, actual: unknown, expected: unknown): void => {
    compared++;
    const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (a !== b) differences.push(`${what}: ${a.slice(0, 200)} instead of ${b.slice(0, 200)}`);
  };
  const sameMask = (what: string, rle: Rle, expected: GoldenMask): void => {
    same(`${what} counts`, [...rle.counts], expected.counts);
    same(`${what} compressed`, rleToString(rle), expected.compressed);
    same(`${what} read back`, [...rleFromString(expected.compressed, rle.height, rle.width).counts], expected.counts);
    same(`${what} area`, rleArea(rle), expected.area);
    same(`${what} box`, rleBox(rle), expected.bbox);
    same(`${what} decoded and encoded`, [...encodeRle(decodeRle(rle), rle.height, rle.width).counts], expected.counts);
  };
  for (const [index, { height, width, kind, polygons, each, union, intersection }] of golden.polygons.entries()) {
    const name = `polygons ${index} (${kind}, ${height} x ${width})`;
    const masks = polygons.map((polygon) => rleFromPolygons([polygon], height, width));
    for (const [place, mask] of masks.entries()) sameMask(`${name} polygon ${place}`, mask, each[place]);
    sameMask(`${name} union`, rleUnion(masks), union);
    sameMask(`${name} at once`, rleFromPolygons(polygons, height, width), union);
    sameMask(`${name} intersection`, rleIntersection(masks), intersection);
    const texts = each.map(({ compressed }) => compressed);
    same(`${name} union of strings`, rleStringUnion(texts, height, width), union.compressed);
    same(`${name} intersection of strings`, rleStringIntersection(texts, height, width), intersection.compressed);
  }
  for (const [index, { height, width, predicted, truth, iscrowd, iou }] of golden.iou.entries()) {
    const read = (text: string): Rle => rleFromString(text, height, width);
    const actual = rleIou(predicted.map(read), truth.map(read), iscrowd);
    same(`iou ${index}`, actual, iou);
  }
  for (const [index, { height, width, rows, ...mask }] of golden.encode.entries()) {
    const dense = Uint8Array.from(rows.join(''), Number);
    sameMask(`encode ${index}`, encodeRle(dense, height, width), mask);
    same(`encode ${index} decoded`, [...decodeRle(encodeRle(dense, height, width))], [...dense]);
  }
  for (const [index, { height, width, bbox, mask }] of golden.boxes.entries()) {
    sameMask(`box ${index}`, rleFromBox(bbox, height, width), mask);
  }
  return { differences, compared };
}
