import type { Sample } from '../datasets/index.js';
import type { SampleScore, ScoreResult } from '../evaluation/index.js';
import type { Rle } from '../masks/index.js';
import type { ModelConfig } from '../models/index.js';
import type { BatchReport } from './trainer.js';
import type { TakenWeights } from './trainingStart.js';
import type { TrainingProgress } from './trainingState.js';

/** What a run starts with. */
export interface TrainingOutset {
  readonly model: ModelConfig;
  readonly parameters: number;
  /** Null for a run that ends by the clock. */
  readonly totalSteps: number | null;
  /** Samples an epoch. */
  readonly samples: number;
  readonly batchesPerEpoch: number;
  /** Samples a validation. */
  readonly validationSamples: number;
  /** What its initial weights gave; null without them, and for a run that goes on. */
  readonly taken: TakenWeights | null;
  /** Where it stands: not at 0 when it was resumed. */
  readonly progress: TrainingProgress;
}

/** A prediction of a validation. */
export interface ValidationSample {
  readonly sample: Sample;
  /** File of its picture. */
  readonly image: string;
  /** At 480 x 480. */
  readonly predicted: Rle;
  readonly score: SampleScore;
  /** Place among the samples of the validation. */
  readonly index: number;
}

/** Where a run tells what happens; every hook may be left out. */
export interface TrainingReporter {
  onStart?(start: TrainingOutset): void | Promise<void>;
  onBatch?(report: BatchReport): void | Promise<void>;
  onValidationSample?(sample: ValidationSample): void | Promise<void>;
  onValidation?(validation: Validation): void | Promise<void>;
  /** A picture is damaged and used as far as it can be read; told once for each. */
  onDamaged?(message: string): void;
  /** Before a state is saved: what of the progress the reporter keeps (lengths of its files). */
  onSave?(): Partial<TrainingProgress>;
}

/** A validation's scores and where the run stood. */
export interface Validation {
  readonly scores: ScoreResult;
  readonly score: number;
  readonly isBest: boolean;
  readonly progress: TrainingProgress;
}
