import { resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import { devices } from '../runtimes/providers.js';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';
import type { SegmentRecord } from './segmentResults.js';
import { shownText } from './segmentWarnings.js';
import { viewsFlag, viewsSchema } from './viewsFlag.js';

const probability = z.coerce.number().gt(0).lt(1);

/** `refersat segment`. */
export const segmentCommand = defineCommand({
  path: 'segment',
  summary: 'Segments pictures by sentences: masks, overlays and JSON lines.',
  positional: [
    {
      name: '<image>',
      description: 'picture, folder, quoted pattern, CSV or JSONL of image and sentence, or - for standard input',
    },
    { name: '[sentences...]', description: 'what to find: "the red car left of the road"' },
  ],
  flags: [
    { flags: '--model <name>', description: 'shipped model, checkpoint folder or run folder (default open)' },
    { flags: '-o, --out <folder>', description: 'write the results here (default refersat-out)' },
    { flags: '--threshold <probability>', description: 'from which a pixel belongs to the mask (default 0.5)' },
    { flags: '--exists-threshold <probability>', description: 'below which the answer is "nothing" (default 0.5)' },
    viewsFlag,
    { flags: '--tile', description: 'keep the detail of large pictures by overlapping windows' },
    { flags: '--resize', description: "resize the whole picture to the model's input" },
    { flags: '--no-files', description: 'write no files' },
    { flags: '--device <name>', description: 'cpu, cuda or webgpu (default cpu)' },
    { flags: '--threads <count>', description: 'threads (default: the cores)' },
    { flags: '--json', description: 'one JSON object a line on standard output' },
  ],
  help: [
    'Examples:',
    '  refersat segment harbour.jpg "the ship at the pier" "all storage tanks"',
    '  refersat segment "tiles/*.png" "the largest building" --out results --json',
    '  refersat segment questions.csv --model runs/mine',
    '  curl -s URL | refersat segment - "the red car"',
    '',
    "A picture of at most four of the model's inputs along a side is resized whole, as in training; so is any when the",
    'sentence names a place or an order in the whole picture ("leftmost"). Larger ones are cut into windows.',
    'A picture that cannot be read is reported and passed over; the exit code is then 1.',
  ].join('\n'),
  schema: z.object({
    image: z.string(),
    sentences: z.array(z.string()).default([]),
    model: z.string().default('open'),
    out: z.string().default('refersat-out'),
    threshold: probability.default(0.5),
    existsThreshold: probability.default(0.5),
    views: viewsSchema,
    tile: z.boolean().default(false),
    resize: z.boolean().default(false),
    files: z.boolean().default(true),
    device: z.enum(devices).default('cpu'),
    threads: z.coerce.number().int().positive().optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    if (flags.tile && flags.resize) throw new UsageError('--tile and --resize exclude each other');
    const { threshold, existsThreshold, views } = flags;
    const detail = flags.tile ? 'tiles' : flags.resize ? 'whole' : 'auto';
    const { collectQuestions } = await import('./segmentQuestions.js');
    const questions = await collectQuestions(flags.image, flags.sentences, io);
    const { findModelFolder, loadModel } = await import('../segmentation/index.js');
    const { answerQuestions } = await import('./segmentAnswers.js');
    const modelFolder = findModelFolder(flags.model, io.workingFolder);
    const model = await loadModel(modelFolder, {
      threads: flags.threads,
      device: flags.device,
      flushDenormals: true,
    });
    const rows: string[][] = [];
    const onAnswer = (record: SegmentRecord, name: string): void => {
      if (flags.json) {
        io.stdout.write(`${JSON.stringify(record)}\n`);
        return;
      }
      const { image, sentence, found, area, score, milliseconds } = record;
      const answer = found ? `${area} px` : 'nothing';
      rows.push([
        shownText(image),
        shownText(sentence),
        answer,
        score.toFixed(2),
        `${milliseconds.toFixed(0)} ms`,
        name,
      ]);
    };
    const folder = flags.files ? resolve(io.workingFolder, flags.out) : null;
    let unanswered: number;
    try {
      const options = { threshold, existsThreshold, views, detail, folder, onAnswer } as const;
      unanswered = await answerQuestions(model, questions, options, io);
    } finally {
      await model.close();
    }
    if (rows.length > 0) {
      const table = [['image', 'sentence', 'found', 'score', 'time', 'files'], ...rows];
      io.stdout.write(`${formatTable(folder ? table : table.map((row) => row.slice(0, -1)))}\n`);
      if (folder) io.stdout.write(`masks, overlays and results.jsonl: ${flags.out}\n`);
    }
    if (unanswered === 0) return undefined;
    if (questions.length > 1) io.stderr.write(`${unanswered} of ${questions.length} questions are not answered\n`);
    return 1;
  },
});
