import { z } from 'zod';
import { firstOf, UsageError, UserError } from '../errors/index.js';
import type { RunResult, TrainingReporter } from '../training/index.js';
import { defineCommand } from './command.js';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';
import { existingPath } from './modelOf.js';
import { collectSettings, completeSettings, flagOf, settingFlags } from './trainSettings.js';

const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(2);

/** Live progress and a line for each validation; with `--json` one object a line on standard output. */
async function createReporter(io: CommandIo, isJson: boolean): Promise<{ reporter: TrainingReporter; finish(): void }> {
  const { createProgress, writeLine } = await import('../progress/index.js');
  const { batchIou } = await import('../training/index.js');
  let progress: ReturnType<typeof createProgress> | null = null;
  let [loss, iou] = [0, 0];
  let [shownSamples, shownTime] = [0, io.now()];
  let speed = '';
  let [samplesDone, ticks] = [0, 0];
  const reporter: TrainingReporter = {
    onStart(start) {
      const { model, parameters, totalSteps } = start;
      if (isJson) io.stdout.write(`${JSON.stringify({ event: 'start', ...start })}\n`);
      else {
        io.stderr.write(
          `${model.model} ${model.preset}: ${(parameters / 1e6).toFixed(2)} M parameters, ${model.imageSizePx} px; ${start.samples} samples an epoch${totalSteps === null ? '' : `, ${totalSteps} steps`}\n`,
        );
        if (start.progress.step > 0) io.stderr.write(`resumed at step ${start.progress.step}\n`);
        if (start.validationSamples === 0) {
          io.stderr.write('warning: nothing is validated, so there will be no best checkpoint (--validation-split)\n');
        }
        const { taken } = start;
        if (taken) {
          const all = taken.taken + taken.fresh.length;
          const resized = taken.resized.length > 0 ? `, ${taken.resized.length} of them resized` : '';
          io.stderr.write(`${taken.taken} of ${all} tensors are of the initial weights${resized}\n`);
          if (taken.fresh.length > 0) io.stderr.write(`begin anew: ${firstOf(taken.fresh, 5)}\n`);
        }
      }
      const done = start.progress.step;
      const counted = { label: 'training', total: totalSteps ?? undefined, unit: 'steps', done, rate: false };
      progress = createProgress(io.stderr, { ...counted, now: io.now });
      shownTime = io.now();
    },
    onDamaged(message) {
      writeLine(io.stderr, `warning: ${message}`);
    },
    onBatch(report) {
      const batch = report.union.length;
      samplesDone += batch;
      ticks += 1;
      // A mean over about the last 20 batches.
      const share = Math.max(1 / ticks, 0.05);
      loss += share * (report.loss - loss);
      iou += share * ((batchIou(report) ?? iou) - iou);
      const now = io.now();
      if (now - shownTime >= 2000) {
        speed = `, ${(((samplesDone - shownSamples) * 1000) / (now - shownTime)).toFixed(1)} samples/s`;
        [shownSamples, shownTime] = [samplesDone, now];
      }
      progress?.tick(
        report.gradientNorm === null ? 0 : 1,
        `loss ${loss.toFixed(3)}, IoU ${iou.toFixed(1)}${speed}, epoch ${report.progress.epoch + 1}`,
      );
    },
    onValidation({ scores, isBest, progress: { step } }) {
      if (isJson) {
        io.stdout.write(`${JSON.stringify({ event: 'validation', step, isBest, ...scores })}\n`);
        return;
      }
      const known = Object.entries(scores.all).filter(([name, value]) => !name.startsWith('Pr@') && value !== null);
      const shown = known.map(([name, value]) =>
        name === 'samples' ? `${value} samples` : `${name} ${percent(value)}`,
      );
      writeLine(io.stderr, `validation at step ${step}: ${shown.join(', ')}${isBest ? ' (best)' : ''}`);
    },
  };
  return { reporter, finish: () => progress?.finish() };
}

/** `refersat train`. */
export const trainCommand = defineCommand({
  path: 'train',
  summary: 'Trains a model on data sets, or goes on with a run.',
  flags: [
    { flags: '--data <folders...>', description: 'data sets, each with its weight if wanted: ships=1 scenes=0.5' },
    { flags: '--config <file>', description: 'settings from YAML or JSON; flags go before it' },
    { flags: '--print-config', description: 'write all settings with their meaning as YAML, and end' },
    { flags: '--name <name>', description: "name of the run's folder (default: model, preset and time)" },
    { flags: '--runs <folder>', description: 'folder of all runs (default runs)' },
    { flags: '--resume <run>', description: 'go on with a stopped or killed run, by name or folder' },
    ...settingFlags.map(([flags, , description]) => ({ flags, description })),
    { flags: '--freeze <parts...>', description: 'parameters whose names begin so are not trained' },
    { flags: '--set <settings...>', description: 'any other setting: loss.dice=0.5 augment=null' },
    { flags: '--json', description: 'one JSON object a line on standard output: start, validations, end' },
  ],
  help: [
    'Examples:',
    '  refersat train --data my-data --preset nano --epochs 20 --name first',
    '  refersat train --data ships=1 scenes=0.5 --config settings.yaml --set balance.small=2',
    '  refersat train --print-config > settings.yaml',
    '  refersat train --resume first',
    '',
    'runs/NAME holds config.yaml, environment.json, metrics.csv, TensorBoard events, curves, sample predictions and the',
    'checkpoints last and best, which segment and eval take as --model runs/NAME. Ctrl-C saves and stops.',
  ].join('\n'),
  schema: z.looseObject({
    printConfig: z.boolean().default(false),
    name: z.string().optional(),
    runs: z.string().default('runs'),
    resume: z.string().optional(),
    data: z.array(z.string()).optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const training = await import('../training/index.js');
    if (flags.resume !== undefined) {
      const others = Object.keys(flags).filter(
        (key) => flags[key] !== undefined && flags[key] !== false && !['resume', 'runs', 'json'].includes(key),
      );
      if (others.length > 0) {
        throw new UsageError(
          `--resume goes on with the run's own settings; leave out ${others.map(flagOf).join(', ')}, or start a new run with --initial-weights`,
        );
      }
    }
    const collected = await collectSettings(flags, io);
    const { settings } = collected;
    if (flags.printConfig) {
      const data = settings.data ?? training.defaultConfig().data;
      const config = await completeSettings({ ...collected, settings: { ...settings, data } });
      io.stdout.write(training.configToYaml(config, 'Settings of refersat train; --config reads them.'));
      return undefined;
    }
    if (flags.resume === undefined && settings.data === undefined) {
      throw new UsageError(
        'name at least one data set: --data DIR (or data in the --config file)\nSee: refersat train --help',
      );
    }
    const runs = pathOf(flags.runs, io);
    const { reporter, finish } = await createReporter(io, flags.json);
    const options = { runs, reporter, signal: io.signal };
    let result: RunResult;
    try {
      result =
        flags.resume === undefined
          ? await training.trainInFolder(await completeSettings(collected), {
              ...options,
              name: flags.name,
            })
          : await training.resumeTraining(existingPath(flags.resume, io), options);
    } catch (error) {
      finish();
      // Whoever stopped it must hear that it could not be saved, or why it never began.
      if (!io.signal.aborted || !(error instanceof UserError)) throw error;
      io.stderr.write(`refersat: ${error.message}\n`);
      return error.exitCode;
    }
    finish();
    const { ended, progress, waitShare, broken, folder } = result;
    if (broken.length > 0) {
      io.stderr.write(`left out ${broken.length} pictures: ${firstOf(broken, 5, '; ')}\n`);
    }
    const shown = pathOf(folder, io);
    if (flags.json) {
      io.stdout.write(`${JSON.stringify({ event: 'end', ended, folder, waitShare, broken, progress })}\n`);
    } else {
      const best = progress.best === null ? '' : `, best score ${progress.best.toFixed(2)}`;
      io.stdout.write(
        `${ended} at step ${progress.step}${best}; waited for data ${(100 * waitShare).toFixed(1)}% of the time\n`,
      );
      io.stdout.write(`run: ${shown}\n`);
    }
    if (ended !== 'stopped') return undefined;
    io.stderr.write(`saved; go on with: refersat train --resume ${shown}\n`);
    return 130;
  },
});
