export { type Evaluation, type EvaluationOptions, evaluateDataset, publishedSizePx } from './evaluateDataset.js';
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
