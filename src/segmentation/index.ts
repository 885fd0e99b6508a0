export { type EncodedBatch, encodeBatch } from './encodeBatch.js';
export { createPredictor, type Prediction, type Predictor } from './predictor.js';
export { maskOfMargins, resizeMargins } from './resizeMargins.js';
