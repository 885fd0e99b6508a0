export { type EncodedBatch, encodeBatch } from './encodeBatch.js';
export {
  type EncodedImage,
  type LoadedModel,
  type LoadOptions,
  loadModel,
  type Segmentation,
  type SegmentOptions,
} from './loadModel.js';
export { findModelFolder, shippedModels } from './modelFolder.js';
export { createPredictor, type Prediction, type Predictor } from './predictor.js';
export { findPictures, isQuestionList, parseQuestions, type Question, resultName } from './questions.js';
export { maskOfMargins, resizeMargins } from './resizeMargins.js';
export { coveringWindows, type ImageWindow } from './windows.js';
