import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import type { EvaluatedSample, EvaluationReport } from '../evaluation/index.js';
import type { Progress } from '../progress/index.js';
import { devices } from '../runtimes/providers.js';
import { defineCommand } from './command.js';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';
import { modelOf } from './modelOf.js';
import { giveReport, protocolFlag, protocolSchema, reportFlags, reportFormat, reportSchema } from './reportFlags.js';
import { viewsFlag, viewsSchema } from './viewsFlag.js';

const probability = z.coerce.number().gt(0).lt(1);
const count = z.coerce.number().int().positive();
const sizes = { '480': 'published', native: 'native', both: 'both' } as const;

/** A file of a line a sample that is written beside the scores. */
interface SampleFile {
  write(record: unknown): Promise<void>;
  /** Gives the file its name. Throws a UserError that names it when it could not be written, now or before. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Starts such a file. When it cannot be written any more the evaluation goes on without it: scores take hours. */
async function openSampleFile(path: string, io: CommandIo): Promise<SampleFile> {
  const { createLineFile, explainWriting, refuseFolders } = await import('../files/index.js');
  const { writeLine } = await import('../progress/index.js');
  await refuseFolders([pathOf(path, io)]);
  const file = await createLineFile(pathOf(path, io)).catch((error: unknown) => {
    throw explainWriting(error, path);
  });
  let failure: unknown = null;
  const attempt = async (work: () => Promise<void>): Promise<unknown> => {
    if (failure !== null) return failure;
    try {
      await work();
    } catch (error) {
      failure = explainWriting(error, path);
      await file.discard();
    }
    return failure;
  };
  return {
    async write(record) {
      if (failure !== null) return;
      const lost = await attempt(() => file.write(record));
      if (lost instanceof Error) writeLine(io.stderr, `warning: ${lost.message}; the evaluation goes on`);
    },
    async commit() {
      const lost = await attempt(() => file.commit());
      if (lost !== null) throw lost;
    },
    discard: () => file.discard(),
  };
}

/** Files of predictions and truths while they are written; either may be unwanted. */
async function openSampleFiles(predictions: string | undefined, truth: string | undefined, io: CommandIo) {
  const { rleToString } = await import('../masks/index.js');
  const open = async (path: string | undefined): Promise<SampleFile | null> =>
    path === undefined ? null : openSampleFile(path, io);
  const predictionFile = await open(predictions);
  const truthFile = await open(truth).catch(async (error: unknown) => {
    await predictionFile?.discard();
    throw error;
  });
  const files = [predictionFile, truthFile];
  return {
    async write({ id, sample: { kind, category }, predicted, truth: own }: EvaluatedSample): Promise<void> {
      await predictionFile?.write({ id, rle: rleToString(predicted) });
      await truthFile?.write({ id, kind, category, size: [own.height, own.width], rle: rleToString(own) });
    },
    commits: files.map((file) => async () => file?.commit()),
    async discard(): Promise<void> {
      for (const file of files) await file?.discard();
    },
  };
}

/** Takes all steps, also behind one that fails: no result is lost for another. Throws the first failure, after telling the others. */
async function takeAll(steps: readonly (() => Promise<void>)[], io: CommandIo): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  for (const failure of failures.slice(1)) {
    io.stderr.write(`refersat: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  }
  if (failures.length > 0) throw failures[0];
}

/** What a reader of the scores must know beside them. */
function warn(report: EvaluationReport, io: CommandIo): void {
  const { control, broken, cutSentences } = report;
  if (control) {
    const leftOut = control.leftOut > 0 ? `; it has none for ${control.leftOut} samples, which are left out` : '';
    io.stderr.write(`control ${control.name}: asks ${control.changed} samples another sentence${leftOut}\n`);
  }
  if (broken.pictures > 0) io.stderr.write(`warning: ${broken.pictures} broken pictures were left out\n`);
  if (broken.records > 0) io.stderr.write(`warning: ${broken.records} broken records were left out\n`);
  if (cutSentences > 0) {
    io.stderr.write(`warning: ${cutSentences} sentences are longer than the model reads; their ends are cut\n`);
  }
}

/** `refersat eval`. */
export const evalCommand = defineCommand({
  path: 'eval',
  summary:
    'Scores a model on a data set: overall, by kind, category, size of the target and, in generated sets, construct.',
  flags: [
    { flags: '--data <folders...>', description: 'releases to evaluate on, scored together' },
    { flags: '--split <name>', description: 'split to evaluate (default val)' },
    { flags: '--model <name>', description: 'shipped model, checkpoint folder or run folder (default open)' },
    protocolFlag,
    { flags: '--size <name>', description: 'score at 480 (default: 480 x 480), native (the picture), or both' },
    { flags: '--control <name>', description: 'ask other sentences: shuffled, category or mirrored' },
    { flags: '--threshold <probability>', description: 'from which a pixel belongs to the mask (default 0.5)' },
    { flags: '--exists-threshold <probability>', description: 'below which the answer is "nothing" (default 0.5)' },
    viewsFlag,
    { flags: '--language <code>', description: 'en, zh or all (default: all)' },
    { flags: '--limit <count>', description: 'at most so many samples, drawn by the seed' },
    { flags: '--seed <number>', description: 'of --limit and of the control shuffled (default 0)' },
    { flags: '--save-predictions <file>', description: 'JSON lines {id, rle} at the size scored (480 with both)' },
    { flags: '--save-truth <file>', description: 'the truth beside them, as refersat score reads it' },
    { flags: '--worst <folder>', description: 'write a page of the worst cases with pictures' },
    { flags: '--worst-count <count>', description: 'cases on that page (default 40)' },
    ...reportFlags,
    { flags: '--on-broken <what>', description: 'stop (default) at a broken picture or record, or skip it' },
    { flags: '--batch <count>', description: 'samples that the network runs at once (default 1)' },
    { flags: '--device <name>', description: 'cpu (default), cuda or webgpu' },
    { flags: '--threads <count>', description: 'threads (default: the cores)' },
  ],
  help: `Scores are in percent; "-" (null in JSON) where nothing can be averaged. docs/benchmark.md defines the protocols,
the sizes and the controls. A model that reads its sentence scores lower under each control:
  shuffled   sentences of other pictures
  category   the category's word alone
  mirrored   left and right, top and bottom exchanged in the words

Examples:
  refersat eval --data NWPU-Refer --split val --model runs/mine --protocol gres
  refersat eval --data NWPU-Refer --model open --protocol rrsis --control mirrored
  refersat eval --data mine --protocol gres --size both --out scores.tex --worst worst
  refersat eval --data mine --protocol gres --save-predictions p.jsonl --save-truth t.jsonl`,
  schema: reportSchema.extend({
    data: z.array(z.string(), { error: 'name at least one data set' }),
    split: z.string().default('val'),
    model: z.string().default('open'),
    protocol: protocolSchema,
    size: z.enum(['480', 'native', 'both'], { error: 'expected 480, native or both' }).default('480'),
    control: z
      .enum(['shuffled', 'category', 'mirrored'], { error: 'expected shuffled, category or mirrored' })
      .optional(),
    threshold: probability.default(0.5),
    existsThreshold: probability.default(0.5),
    views: viewsSchema,
    language: z.enum(['en', 'zh', 'all']).default('all'),
    limit: count.optional(),
    seed: z.coerce.number().int().default(0),
    savePredictions: z.string().optional(),
    saveTruth: z.string().optional(),
    worst: z.string().optional(),
    worstCount: count.default(40),
    onBroken: z.enum(['stop', 'skip'], { error: 'expected stop or skip' }).default('stop'),
    batch: count.default(1),
    device: z.enum(devices).default('cpu'),
    threads: count.optional(),
  }),
  async run(flags, io) {
    const format = reportFormat(flags);
    const { savePredictions, saveTruth, worst } = flags;
    if (
      savePredictions !== undefined &&
      saveTruth !== undefined &&
      pathOf(savePredictions, io) === pathOf(saveTruth, io)
    )
      throw new UsageError('--save-predictions and --save-truth name the same file');
    const { createWorstCases, evaluate, renderReport, writeWorstPage } = await import('../evaluation/index.js');
    const { createProgress, writeLine } = await import('../progress/index.js');
    if (worst !== undefined) {
      const { refuseOverwrite } = await import('../datasets/index.js');
      await refuseOverwrite(pathOf(worst, io));
    }
    const cases = createWorstCases(flags.worstCount);
    const files = await openSampleFiles(savePredictions, saveTruth, io);
    let progress: Progress | null = null;
    try {
      const model = await modelOf(flags.model, io);
      const { threads, device, batch, limit, seed, language, onBroken, control, threshold, existsThreshold } = flags;
      const report = await evaluate(
        model,
        flags.data.map((folder) => pathOf(folder, io)),
        {
          ...{ threads, device, batch, limit, seed, language, onBroken, control, threshold, existsThreshold },
          views: flags.views,
          flushDenormals: true,
          protocol: flags.protocol,
          split: flags.split,
          size: sizes[flags.size],
          signal: io.signal,
          onDamaged: (message) => writeLine(io.stderr, `warning: ${message}`),
          onProgress(_, total) {
            progress ??= createProgress(io.stderr, { label: 'evaluating', total, unit: 'samples', now: io.now });
            progress.tick();
          },
          async onSample(evaluated) {
            if (worst !== undefined) cases.add(evaluated);
            await files.write(evaluated);
          },
        },
      );
      (progress as Progress | null)?.finish();
      warn(report, io);
      const writePage = async (): Promise<void> => {
        if (worst === undefined) return;
        await writeWorstPage(pathOf(worst, io), cases.list(), report, { signal: io.signal });
        io.stderr.write(`worst cases: ${worst}/index.html\n`);
      };
      await takeAll([...files.commits, () => giveReport(renderReport(report, format), flags, io), writePage], io);
    } finally {
      await files.discard();
    }
    return undefined;
  },
});
