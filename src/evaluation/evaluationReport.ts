import type { ModelConfig } from '../models/index.js';
import type { ViewCount } from '../segmentation/index.js';
import type { Control } from './controls.js';
import { type Evaluation, publishedSizePx, type ScoredSize, type SizedScores } from './evaluateDataset.js';
import type { TargetSize } from './sampleScore.js';
import type { ScoreResult, Scores } from './scorer.js';

/** Scores by kind, category, size and construct, at one size of prediction and truth. */
export interface GroupedScores extends Omit<ScoreResult, 'protocol'> {
  /** Over samples that have a target: in `rrsis` one without scores 0 whatever is predicted. */
  readonly targets: Scores;
  /** By the size of the target in a picture of 480 x 480. */
  readonly size: Readonly<Record<TargetSize, Scores>>;
  /**
   * By what the sentences rest on (`superlative`, `ordinal` ...), from the `scenes.json` of generated releases; empty
   * for others.
   */
  readonly construct: Readonly<Record<string, Scores>>;
}

/** What a control changed, and what it did to the scores of the very samples that it changed. */
export interface ControlReport {
  readonly name: Control;
  /** Samples whose words the control changes. */
  readonly changed: number;
  /** Samples that it has no sentence for. */
  readonly leftOut: number;
  /** The changed samples by their own sentences. */
  readonly own: Scores;
  /** The same samples by the control's sentences. */
  readonly asked: Scores;
}

/** What was evaluated, and how. */
export interface EvaluationContext {
  readonly size: ScoredSize | 'both';
  readonly model: { readonly name: string } & Pick<ModelConfig, 'model' | 'preset' | 'imageSizePx'>;
  readonly data: readonly { readonly name: string; readonly samples: number }[];
  readonly split: string;
  readonly control: ControlReport | null;
  readonly settings: {
    readonly language: string;
    readonly limit: number | null;
    readonly seed: number;
    readonly threshold: number;
    readonly existsThreshold: number;
    readonly views: ViewCount;
  };
  /** Pictures and records that were left out because they are broken. */
  readonly broken: { readonly pictures: number; readonly records: number };
}

/** An evaluation's scores and what they are of; as JSON, the first four keys are those of `refersat score`. */
export interface EvaluationReport extends ScoreResult, GroupedScores, Omit<EvaluationContext, 'size'> {
  /** The size that these scores were taken at. */
  readonly scoredAt: string;
  /** The scores at native size beside those at 480 x 480, where both were asked for. */
  readonly native: GroupedScores | null;
  /** Sentences that are longer than the model reads. */
  readonly cutSentences: number;
}

/** How a report names the size of the published protocol. */
const publishedSize = `${publishedSizePx}x${publishedSizePx}`;

function grouped({ scores: { all, kind, category }, targets, constructs }: SizedScores): GroupedScores {
  if (!targets) throw new Error('an evaluation without scores by the size of targets');
  return { all, kind, category, ...targets, construct: constructs };
}

/** The report of an evaluation. */
export function reportOf(evaluation: Evaluation, context: EvaluationContext): EvaluationReport {
  const { all, kind, category, targets, size, construct } = grouped(evaluation);
  return {
    protocol: evaluation.scores.protocol,
    all,
    kind,
    category,
    targets,
    size,
    construct,
    scoredAt: context.size === 'native' ? 'native' : publishedSize,
    native: evaluation.native ? grouped(evaluation.native) : null,
    model: context.model,
    data: context.data,
    split: context.split,
    control: context.control,
    settings: context.settings,
    broken: context.broken,
    cutSentences: evaluation.cutSentences,
  };
}

/** An evaluation in one line: model, data, split, protocol, size, control. */
export function describeReport({ model, data, split, protocol, scoredAt, control, native }: EvaluationReport): string {
  const sets = data.map(({ name }) => name).join(' + ');
  const size = native ? `${scoredAt} and native` : scoredAt;
  const asked = control ? `, control ${control.name}` : '';
  return `${model.name} (${model.model} ${model.preset}) on ${sets} ${split}: protocol ${protocol}, size ${size}${asked}`;
}
