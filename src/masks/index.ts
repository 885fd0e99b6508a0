export { decodeRle, encodeRle } from './denseMask.js';
export { rleArea, rleBox } from './measures.js';
export { nearestPositions } from './nearestPositions.js';
export { type MaskPolygon, polygonsFromRle, polygonsWithoutHoles } from './outlines.js';
export { rleFromBox, rleFromPolygons } from './polygonRaster.js';
export { checkRle, emptyRle, type Rle, rleFromUncompressed } from './rle.js';
export { rleIou, rleOverlap } from './rleIou.js';
export { rleResize } from './rleResize.js';
export { rleFromString, rleToString } from './rleString.js';
export { rleCrop, rleFlipHorizontal, rlePaste } from './rleWindow.js';
export {
  rleComplement,
  rleIntersection,
  rleStringIntersection,
  rleStringUnion,
  rleUnion,
} from './setOperations.js';
