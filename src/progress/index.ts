export {
  createProgress,
  type Progress,
  type ProgressOptions,
  type ProgressStream,
  writeLine,
} from './progress.js';
