import { z } from 'zod';
import { defineCommand } from './command.js';
import { formatTable, pathOf } from './datasetFlags.js';

/** Scores any model's predictions. */
export const scoreCommand = defineCommand({
  path: 'score',
  summary: "Scores any model's predictions against the truth.",
  flags: [
    { flags: '--predictions <file>', description: 'JSON lines {id, rle}: compressed COCO runs' },
    { flags: '--truth <file>', description: 'JSON lines {id, kind, category, size: [h, w], rle}' },
    { flags: '--protocol <name>', description: 'rrsis (LAVT, RMSIN) or gres (ReLA, gRefCOCO)' },
    { flags: '--json', description: 'print JSON instead of a table' },
  ],
  help: `Scores are in percent; "-" (null in JSON) where nothing can be averaged. In rrsis a sentence without a target
scores 0 whatever is predicted; in gres it scores 100 when nothing (under 50 pixels) is predicted.

Example:
  refersat score --predictions mine.jsonl --truth truth.jsonl --protocol gres`,
  schema: z.object({
    predictions: z.string({ error: 'name the file of predictions' }),
    truth: z.string({ error: 'name the file of truths' }),
    protocol: z.enum(['rrsis', 'gres'], { error: 'expected rrsis or gres' }),
    json: z.boolean().default(false),
  }),
  async run({ predictions, truth, protocol, json }, io) {
    const { scoreFiles, scoreNames } = await import('../evaluation/index.js');
    const { scores, unaskedPredictions } = await scoreFiles(
      { predictions: pathOf(predictions, io), truth: pathOf(truth, io) },
      protocol,
      io.signal,
    );
    if (unaskedPredictions > 0) {
      io.stderr.write(`refersat: ${unaskedPredictions} predictions have no truth and were left out\n`);
    }
    if (json) {
      io.stdout.write(`${JSON.stringify(scores)}\n`);
      return undefined;
    }
    const names = scoreNames[protocol];
    const rowOf = (name: string, entry: (typeof scores)['all']): string[] => [
      name,
      entry.samples.toLocaleString('en'),
      ...names.map((score) => entry[score]?.toFixed(2) ?? '-'),
    ];
    const groups = [
      rowOf('all', scores.all),
      ...Object.entries(scores.kind).map(([kind, entry]) => rowOf(kind, entry)),
      ...Object.entries(scores.category).map(([category, entry]) => rowOf(`category ${category}`, entry)),
    ];
    io.stdout.write(`${formatTable([[protocol, 'samples', ...names], ...groups])}\n`);
    return undefined;
  },
});
