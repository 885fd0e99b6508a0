import { imagePath } from '../datasets/index.js';
import { evaluateDataset, type ScoreResult } from '../evaluation/index.js';
import type { OpenedRun } from './openedRun.js';
import { saveRun, writeCheckpoint } from './saveRun.js';
import type { TrainingProgress } from './trainingState.js';

/** The score that validations are compared by. */
export function mainScore({ protocol, all }: ScoreResult): number {
  return (protocol === 'gres' ? all.gIoU : all.mIoU) ?? 0;
}

/**
 * Scores and saves the averaged weights; afterwards the state is saved, so that a kill in here begins it anew. Without
 * a validation set they are only saved.
 * @throws UserError when a weight is not a finite number: nothing of it is saved
 */
export async function validateRun(run: OpenedRun): Promise<void> {
  const { trainer } = run;
  trainer.refuseNonFinite();
  trainer.swapAverage();
  try {
    const scores = await scoreRun(run);
    const value = scores && mainScore(scores);
    const { best } = trainer.progress;
    const isBest = value !== null && (best === null || value > best);
    // Both checkpoints before anything is drawn, which may fail.
    if (isBest) await writeCheckpoint(run, 'best', scores);
    await writeCheckpoint(run, 'last', scores);
    let gain: Partial<TrainingProgress> = {};
    if (scores && value !== null) {
      gain = gainOf(value, isBest, trainer.progress);
      await run.reporter.onValidation?.({ scores, score: value, isBest, progress: { ...trainer.progress, ...gain } });
    }
    // Not before: a validation that is broken off is made again, and must not compare with itself.
    trainer.update({ ...gain, sinceValidation: 0 });
  } finally {
    trainer.swapAverage();
  }
  await saveRun(run);
}

/** The scores of the validation set with the weights as they are now; null for a run without one. */
async function scoreRun(run: OpenedRun): Promise<ScoreResult | null> {
  const { config, validation, reporter, datasetOf } = run;
  if (!validation) return null;
  const { tokenizer, model } = run.start;
  let index = 0;
  const { scores } = await evaluateDataset(validation.predictor, validation.loader, {
    protocol: config.protocol,
    tokenizer,
    maxWords: model.config.maxWords,
    signal: run.signal,
    onSample: (sample, predicted, sampleScore) => {
      const dataset = datasetOf.get(sample);
      const image = dataset ? imagePath(dataset, sample.image) : sample.image.file;
      return reporter.onValidationSample?.({ sample, image, predicted, score: sampleScore, index: index++ });
    },
  });
  return scores;
}

/** What a validation changes in a run's progress. */
const gainOf = (
  value: number,
  isBest: boolean,
  { validationsWithoutGain }: TrainingProgress,
): Partial<TrainingProgress> =>
  isBest ? { best: value, validationsWithoutGain: 0 } : { validationsWithoutGain: validationsWithoutGain + 1 };
