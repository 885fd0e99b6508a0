export { type DecodeOptions, decodeImage, defaultMaxPixels, readImageSize } from './decodeImage.js';
export { addNoise, blur, type ColourChange, changeColours, cutSquares, degradeByJpeg } from './disturb.js';
export { encodeJpeg, encodeMaskPng, encodePng } from './encodeImage.js';
export { blankImage, type Rgb, type RgbImage } from './image.js';
export { imageNetMean, imageNetStd, normalizeImageNet, normalizeRgb255 } from './normalise.js';
export { type DenseMask, resizeBilinearPillow, resizeNearestPillow } from './resizePillow.js';
export { stretchSixteenBit } from './sixteenBit.js';
export { cropImage, type PictureTransform, turnImage, turnMask } from './turnImage.js';
