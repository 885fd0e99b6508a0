export {
  checkTrainingConfig,
  completeTrainingConfig,
  configFromText,
  configToYaml,
  defaultConfig,
  problemOfSetting,
  type SettingProblem,
  settingsAdvice,
} from './configYaml.js';
export { batchIou } from './runRecorder.js';
export type { TrainingResult } from './train.js';
export type { BatchReport } from './trainer.js';
export { type TrainingConfig, type TrainingOptions, trainingConfigSchema } from './trainingConfig.js';
export type { TrainingOutset, TrainingReporter, Validation, ValidationSample } from './trainingReporter.js';
export { type RunOptions, type RunResult, resumeTraining, trainInFolder } from './trainingRun.js';
export type { TrainingProgress } from './trainingState.js';
