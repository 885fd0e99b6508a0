import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScoreResult } from '../evaluation/index.js';
import { saveCheckpoint } from '../weights/index.js';
import type { OpenedRun } from './openedRun.js';
import { replaceFolder, saveState } from './trainingState.js';

/**
 * Saves all that a run needs to go on from here.
 * @throws UserError when a weight is not a finite number: the state saved before stays
 */
export async function saveRun({ trainer, reporter, stateFolder }: OpenedRun): Promise<void> {
  trainer.refuseNonFinite();
  trainer.update(reporter.onSave?.() ?? {});
  await saveState(stateFolder, trainer.state(), trainer.progress);
}

/** Writes the weights as they are now as a checkpoint folder, `checkpoints/NAME`, whole or not at all. */
export async function writeCheckpoint(
  run: OpenedRun,
  name: 'last' | 'best',
  scores: ScoreResult | null,
): Promise<void> {
  const { model, tokenizer, seenWords } = run.start;
  const target = join(run.folder, 'checkpoints', name);
  const temporary = `${target}.partial`;
  await rm(temporary, { recursive: true, force: true });
  try {
    const card = run.card?.(run.trainer.progress, scores);
    await saveCheckpoint(temporary, { model, weights: run.modelWeights, tokenizer, seenWords }, { card });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await replaceFolder(temporary, target);
}

/**
 * Saves a run, and leaves the averaged weights as they are now for who stops it: the next validation writes them anew.
 * @throws UserError as saveRun
 */
export async function saveStoppedRun(run: OpenedRun): Promise<void> {
  const { trainer } = run;
  await saveRun(run);
  if (trainer.progress.step === 0) return;
  trainer.swapAverage();
  try {
    await writeCheckpoint(run, 'last', null);
  } finally {
    trainer.swapAverage();
  }
}
