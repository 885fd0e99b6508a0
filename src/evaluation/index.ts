export { type Control, controls } from './controls.js';
export { type EvaluatedSample, type EvaluateOptions, evaluate } from './evaluate.js';
export {
  type Evaluation,
  type EvaluationOptions,
  evaluateDataset,
  type ScoredSize,
  type SizedScores,
} from './evaluateDataset.js';
export {
  type ControlReport,
  describeReport,
  type EvaluationReport,
  type GroupedScores,
} from './evaluationReport.js';
export { type ReportFormat, renderReport } from './reports/renderReport.js';
export {
  type Protocol,
  protocols,
  type SampleScore,
  type ScoredKind,
  type ScoredSample,
  type TargetSize,
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
