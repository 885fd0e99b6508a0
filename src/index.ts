export {
  type Annotation,
  type Dataset,
  type DatasetImage,
  imagePath,
  type Kind,
  type Language,
  type OpenOptions,
  openDataset,
  type Release,
  type Sample,
  writeNwpuRefer,
} from './datasets/index.js';
export { UsageError, UserError } from './errors/index.js';
export {
  createScorer,
  type Protocol,
  type ScoredSample,
  type ScoreResult,
  type Scorer,
  type Scores,
  score,
} from './evaluation/index.js';
export {
  checkRle,
  decodeRle,
  emptyRle,
  encodeRle,
  type MaskPolygon,
  polygonsFromRle,
  polygonsWithoutHoles,
  type Rle,
  rleArea,
  rleBox,
  rleComplement,
  rleCrop,
  rleFlipHorizontal,
  rleFromBox,
  rleFromPolygons,
  rleFromString,
  rleFromUncompressed,
  rleIntersection,
  rleIou,
  rleOverlap,
  rlePaste,
  rleResize,
  rleToString,
  rleUnion,
} from './masks/index.js';
export { type Picklable, PickleError, readPickle, writePickle } from './pickles/index.js';
export { onnxruntimeNode } from './runtimes/onnxruntimeNode.js';
export {
  createTensor,
  type DType,
  encodeSafetensors,
  float32Tensor,
  readSafetensors,
  type Safetensors,
  type Tensor,
  toFloat32,
} from './tensors/index.js';
export { createEma, createOptimiser, createSchedule } from './training/optimisers/index.js';
