export { type BertConfig, bert } from './bert.js';
export {
  completeConfig,
  type ModelConfig,
  type ModelName,
  type ModelOptions,
  modelConfigSchema,
  modelProblems,
  type PresetName,
  parseConfig,
  presets,
} from './config.js';
export type { ConfigProblem } from './configProblems.js';
export { countOperations, type ModelCost, type PartCost } from './countOperations.js';
export {
  type BuiltImagePart,
  type BuiltModel,
  buildImagePart,
  buildModel,
  categoryHeadPrefix,
  createModel,
  type ModelInputs,
  type ModelOutputs,
  type ReferringModel,
} from './createModel.js';
export type { ImagePart } from './imagePart.js';
export { lavt, type Segmentation } from './lavt.js';
export { type MrsnetConfig, mrsnet } from './mrsnet.js';
export { foregroundMargin } from './parts/foregroundMargin.js';
export { imageNet } from './pixelValues.js';
export { rmsin } from './rmsin.js';
export { sbanet } from './sbanet.js';
export { patchPx, type SwinConfig, swin } from './swin.js';
export { type StageWindow, type SwinV2Config, stageWindow, swinV2 } from './swinV2.js';
