import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { UsageError, UserError } from '../errors/index.js';
import type { RunResult, TrainingReporter } from '../training/index.js';
import { weightedFolder } from '../training/weightedFolder.js';
import { defineCommand } from './command.js';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';

/** Flags that set one setting each; everything else through `--set`. */
const settingFlags = [
  ['--model <name>', 'model.model', 'lavt, lgce, rmsin, sbanet or mrsnet'],
  ['--preset <name>', 'model.preset', 'nano, tiny, small or base'],
  ['--image-size <px>', 'model.imageSizePx', 'side of the square input'],
  ['--train-split <name>', 'trainSplit', 'split to train on (default train)'],
  ['--validation-split <name>', 'validationSplit', "split scored at each validation (default val; '' for none)"],
  ['--validation-samples <count>', 'validationSamples', 'at most so many validation samples (default 400; 0: all)'],
  ['--protocol <name>', 'protocol', 'rrsis or gres (default)'],
  ['--language <code>', 'language', 'en, zh or all (default)'],
  ['--initial-weights <model>', 'initialWeights', 'shipped model, checkpoint or run folder to start from'],
  ['--batch <count>', 'batch', 'samples a batch (default 16)'],
  ['--batch-norm <kind>', 'batchNorm', 'auto (default), batch or renorm: how small batches are normalised'],
  ['--accumulate <count>', 'accumulate', 'batches a step (default 1)'],
  ['--epochs <count>', 'epochs', 'times through the training split (default 40)'],
  ['--max-steps <count>', 'maxSteps', 'end after so many steps'],
  ['--max-minutes <minutes>', 'maxMinutes', 'end after so long; the schedule follows the clock'],
  ['--validate-every <batches>', 'validateEvery', 'batches between validations (default: an epoch)'],
  ['--save-every <batches>', 'saveEvery', 'batches between saved states (default 200)'],
  ['--optimiser <kind>', 'optimiser.kind', 'adamw (default), muon (fewer steps, see docs/training.md) or sgd'],
  ['--learning-rate <rate>', 'optimiser.learningRate', 'highest learning rate (default 0.001)'],
  ['--weight-decay <rate>', 'optimiser.weightDecay', 'weight decay (default 0.05)'],
  ['--schedule <kind>', 'schedule.kind', 'cosine (default), poly or constant'],
  ['--ema <decay>', 'ema', 'moving average of the weights (default 0.999; 0: none)'],
  ['--patience <count>', 'patience', 'end after so many validations without gain'],
  ['--seed <number>', 'seed', 'of weights, order and augmentation (default 1)'],
  ['--on-broken <what>', 'onBroken', 'stop (default) at a broken picture, or skip it'],
  ['--device <name>', 'device', 'cpu (default), cuda or webgpu'],
  ['--threads <count>', 'threads', 'threads of the runtime (default: all cores)'],
  ['--licence <name>', 'licence', 'licence of the weights that the model cards name'],
] as const;

const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const keyOf = (flag: string): string =>
  flag
    .split(' ')[0]
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

type Settings = Record<string, unknown>;

/** Sets `a.b.c` in nested settings. */
function put(settings: Settings, path: string, value: unknown): void {
  const names = path.split('.');
  let at = settings;
  for (const name of names.slice(0, -1)) {
    const next = at[name];
    const isMapping = typeof next === 'object' && next !== null && !Array.isArray(next);
    at[name] = isMapping ? { ...next } : {};
    at = at[name] as Settings;
  }
  at[names[names.length - 1]] = value;
}

/** Another kind of optimiser than the file's keeps what all kinds have: the rest is the other kind's. */
function changeOptimiser(settings: Settings, kind: unknown): void {
  const { optimiser } = settings;
  if (typeof optimiser !== 'object' || optimiser === null || Array.isArray(optimiser)) return;
  const { kind: before = 'adamw', learningRate, weightDecay, unusedRows } = optimiser as Settings;
  if (before === kind) return;
  const common = Object.entries({ learningRate, weightDecay, unusedRows }).filter(([, value]) => value !== undefined);
  settings.optimiser = Object.fromEntries(common);
}

function parseData(text: string, io: CommandIo): { folder: string; weight: number } {
  const { folder, weight } = weightedFolder(text);
  return { folder: pathOf(folder, io), weight };
}

/** Settings of a file, below those of flags; YAML reads a flag's value: 0.5, true, null, [a, b], words. */
async function collectSettings(flags: Settings, io: CommandIo): Promise<Settings> {
  const { configFromText } = await import('../training/index.js');
  const yaml = await import('yaml');
  const parse = (text: string, flag: string): unknown => {
    try {
      return yaml.parse(text);
    } catch (error) {
      throw new UsageError(`${flag}: cannot be read as a value: ${(error as Error).message}`, { cause: error });
    }
  };
  const { config, data, set, freeze } = flags as {
    config?: string;
    data?: string[];
    set?: string[];
    freeze?: string[];
  };
  let settings: Settings = {};
  if (config !== undefined) {
    const path = pathOf(config, io);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UserError(`${path}: cannot be read (${error.code}); --print-config writes such a file`, {
        cause: error,
      });
    });
    settings = configFromText(text, path);
    if (Array.isArray(settings.data)) {
      settings.data = settings.data.map((set: unknown) => withPath(set, io));
    }
  }
  if (flags.optimiser !== undefined) changeOptimiser(settings, flags.optimiser);
  for (const [flag, path] of settingFlags) {
    const value = flags[keyOf(flag)];
    if (value === undefined) continue;
    const isWord =
      path === 'trainSplit' || path === 'validationSplit' || path === 'licence' || path === 'initialWeights';
    put(settings, path, isWord ? value : parse(String(value), flag));
  }
  for (const assignment of set ?? []) {
    const at = assignment.indexOf('=');
    if (at < 1) throw new UsageError(`--set ${assignment}: expected setting=value, such as loss.dice=0.5`);
    put(settings, assignment.slice(0, at), parse(assignment.slice(at + 1), `--set ${assignment}`));
  }
  if (freeze !== undefined) settings.freeze = freeze;
  if (data !== undefined) settings.data = data.map((text) => parseData(text, io));
  const { initialWeights } = settings;
  if (typeof initialWeights === 'string') {
    const { shippedModels } = await import('../segmentation/index.js');
    const isShipped = shippedModels().includes(initialWeights);
    settings.initialWeights = isShipped ? initialWeights : await existingPath(initialWeights, io);
  }
  return settings;
}

/** A data set of a file, its folder taken from the working folder; a plain text is its folder. */
function withPath(set: unknown, io: CommandIo): unknown {
  if (typeof set === 'string') return parseData(set, io);
  const folder = (set as { folder?: unknown } | null)?.folder;
  return typeof folder === 'string' ? { ...(set as object), folder: pathOf(folder, io) } : set;
}

const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(2);

/** The first few of many names. */
const shortList = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

/** Live progress and a line for each validation; with `--json` one object a line on standard output. */
async function createReporter(io: CommandIo, isJson: boolean): Promise<{ reporter: TrainingReporter; finish(): void }> {
  const { createProgress } = await import('../progress/index.js');
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
          if (taken.fresh.length > 0) io.stderr.write(`begin anew: ${shortList(taken.fresh)}\n`);
        }
      }
      const done = start.progress.step;
      const counted = { label: 'training', total: totalSteps ?? undefined, unit: 'steps', done, rate: false };
      progress = createProgress(io.stderr, { ...counted, now: io.now });
      shownTime = io.now();
    },
    onDamaged(message) {
      io.stderr.write(`${io.stderr.isTTY ? '\r\u001b[2K' : ''}warning: ${message}\n`);
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
      io.stderr.write(
        `${io.stderr.isTTY ? '\r\u001b[2K' : ''}validation at step ${step}: ${shown.join(', ')}${isBest ? ' (best)' : ''}\n`,
      );
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
    const settings = await collectSettings(flags, io);
    if (flags.printConfig) {
      const data = settings.data ?? training.defaultConfig().data;
      const config = training.completeTrainingConfig({ ...settings, data }, 'settings');
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
          ? await training.trainInFolder(training.completeTrainingConfig(settings, flagSource(flags)), {
              ...options,
              name: flags.name,
            })
          : await training.resumeTraining(await existingPath(flags.resume, io), options);
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
      const more = broken.length > 5 ? `; and ${broken.length - 5} more` : '';
      io.stderr.write(`left out ${broken.length} pictures: ${broken.slice(0, 5).join('; ')}${more}\n`);
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

const flagSource = (flags: Settings): string =>
  flags.config === undefined ? 'flags' : `${String(flags.config)} and flags`;

/** A folder of this name from the working folder, else the name itself. */
async function existingPath(text: string, io: CommandIo): Promise<string> {
  const { existsSync } = await import('node:fs');
  const path = resolve(io.workingFolder, text);
  return existsSync(path) ? path : text;
}
