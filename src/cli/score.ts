import { z } from 'zod';
import { defineCommand } from './command.js';
import { pathOf } from './datasetFlags.js';
import { giveReport, protocolFlag, protocolSchema, reportFlags, reportFormat, reportSchema } from './reportFlags.js';

/** Scores any model's predictions. */
export const scoreCommand = defineCommand({
  path: 'score',
  summary: "Scores any model's predictions against the truth.",
  flags: [
    { flags: '--predictions <file>', description: 'JSON lines {id, rle}: compressed COCO runs' },
    { flags: '--truth <file>', description: 'JSON lines {id, kind, category, size: [h, w], rle}' },
    protocolFlag,
    ...reportFlags,
  ],
  help: `Scores are in percent; "-" (null in JSON) where nothing can be averaged. In rrsis a sentence without a target
scores 0 whatever is predicted; in gres it scores 100 when nothing (under 50 pixels) is predicted.

Example:
  refersat score --predictions mine.jsonl --truth truth.jsonl --protocol gres`,
  schema: reportSchema.extend({
    predictions: z.string({ error: 'name the file of predictions' }),
    truth: z.string({ error: 'name the file of truths' }),
    protocol: protocolSchema,
  }),
  async run(flags, io) {
    const format = reportFormat(flags);
    const { renderReport, scoreFiles } = await import('../evaluation/index.js');
    const { scores, unaskedPredictions } = await scoreFiles(
      { predictions: pathOf(flags.predictions, io), truth: pathOf(flags.truth, io) },
      flags.protocol,
      io.signal,
    );
    if (unaskedPredictions > 0) {
      io.stderr.write(`refersat: ${unaskedPredictions} predictions have no truth and were left out\n`);
    }
    await giveReport(renderReport(scores, format), flags, io);
    return undefined;
  },
});
