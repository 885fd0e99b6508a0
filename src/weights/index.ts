export {
  type Checkpoint,
  type FloatTensor,
  type InitialWeights,
  loadCheckpoint,
  loadConfig,
  loadInitialWeights,
  saveCheckpoint,
} from './checkpoint.js';
export { type Deviation, drawProbes, feedsOf, logitsOf, type Probe } from './deviation.js';
export { exportOnnx, type OnnxExportOptions, type OnnxExportReport } from './exportOnnx.js';
export { exportSafetensors, type SafetensorsExportOptions, type SafetensorsExportReport } from './exportSafetensors.js';
export { type ImportOptions, type ImportReport, importModel } from './importModel.js';
export { openWeights } from './openWeights.js';
export { type ImportAssignment, type ImportKind, type ImportPlan, planImport } from './planImport.js';
export { readAssignment } from './readAssignment.js';
export { resizeRelativePositionTable, windowOfTable } from './relativePositionTable.js';
export { openSafetensors, saveSafetensors } from './safetensorsFile.js';
export { type ShrinkReport, type ShrunkForm, shrinkCheckpoint } from './shrinkCheckpoint.js';
export { openTorch } from './torchFile.js';
export type { WeightSource } from './weightSource.js';
