export { type Control, controls } from './controls.js';
export { type EvaluatedSample, type EvaluateOptions, evaluate } from './evaluate.js';
export {
  type Evaluation,
  type EvaluationOptions,
  evaluateDataset,
  publishedSizePx,
  type ScoredSize,
  type SizedScores,
} from './evaluateDataset.js';
export {
  type ControlReport,
  describeReport,
  type EvaluationReport,
  type GroupedScores,
} from './evaluationReport.js';
export { escapeMarkdown } from './reports/markdownReport.js';
export { type ReportFormat, renderReport, reportFormats } from './reports/renderReport.js';
export {
  type Protocol,
  protocols,
  type SampleScore,
  type ScoredKind,
  type ScoredSample,
  scoredKinds,
  scoreSample,
  type TargetSize,
  targetSize,
  targetSizes,
} from './sampleScore.js';
export { type FileScores, scoreFiles } from './scoreFiles.js';
export {
  createScorer,
  type ScoreResult,
  type Scorer,
  type Scores,
  score,
  scoreNames,
  type TargetScores,
} from './scorer.js';
export { createWorstCases, type WorstCases } from './worstCases.js';
export { writeWorstPage } from './worstPage.js';
