import { readFile } from 'node:fs/promises';
import { UsageError, UserError } from '../errors/index.js';
import type { SettingProblem, TrainingConfig } from '../training/index.js';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';
import { modelOf } from './modelOf.js';
import { weightedFolder } from './weightedFolder.js';

/** Flags that set one setting each; everything else through `--set`. */
export const settingFlags = [
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
  ['--weight-decay <rate>', 'optimiser.weightDecay', 'weight decay (default 0.05; 0.0001 for sgd)'],
  ['--schedule <kind>', 'schedule.kind', 'cosine (default), poly or constant'],
  ['--ema <decay>', 'ema', 'moving average of the weights (default 0.999; 0: none)'],
  ['--patience <count>', 'patience', 'end after so many validations without gain'],
  ['--seed <number>', 'seed', 'of weights, order and augmentation (default 1)'],
  ['--on-broken <what>', 'onBroken', 'stop (default) at a broken picture, or skip it'],
  ['--device <name>', 'device', 'cpu (default), cuda or webgpu'],
  ['--threads <count>', 'threads', 'threads of the runtime (default: all cores)'],
  ['--licence <name>', 'licence', 'licence of the weights that the model cards name'],
] as const;

export const flagOf = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const keyOf = (flag: string): string =>
  flag
    .split(' ')[0]
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

export type Settings = Record<string, unknown>;

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

/**
 * Another kind of optimiser than the file's keeps what both have: the rest is the other kind's. A decay that SGD adds to the
 * gradient is not the one that the others take from the weights.
 */
function changeOptimiser(settings: Settings, kind: unknown): void {
  const { optimiser } = settings;
  if (typeof optimiser !== 'object' || optimiser === null || Array.isArray(optimiser)) return;
  const { kind: before = 'adamw', learningRate, weightDecay, unusedRows } = optimiser as Settings;
  if (before === kind) return;
  const decay = before === 'sgd' || kind === 'sgd' ? undefined : weightDecay;
  const both = { learningRate, weightDecay: decay, unusedRows };
  const common = Object.entries(both).filter(([, value]) => value !== undefined);
  settings.optimiser = Object.fromEntries(common);
}

function parseData(text: string, io: CommandIo): { folder: string; weight: number } {
  const { folder, weight } = weightedFolder(text);
  return { folder: pathOf(folder, io), weight };
}

/** A setting that the command line gave, and how it was typed: `--device gpu`, `--set loss.dice=2`. */
interface TypedSetting {
  readonly path: readonly string[];
  readonly typed: string;
}

/** Settings that are not checked yet, and which of them were typed as flags. */
export interface CollectedSettings {
  readonly settings: Settings;
  readonly typed: readonly TypedSetting[];
  /** The file that the others come from. */
  readonly file: string | null;
}

const assignmentOf = (text: string): { path: string; value: string } => {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--set ${text}: expected setting=value, such as loss.dice=0.5`);
  const path = text.slice(0, at);
  // Put into an object, it would change what the settings are made from, and no check would see it.
  if (path.split('.').includes('__proto__')) throw new UsageError(`--set ${text}: there is no such setting`);
  return { path, value: text.slice(at + 1) };
};

async function settingsOfFile(config: string, io: CommandIo): Promise<Settings> {
  const { configFromText } = await import('../training/index.js');
  const path = pathOf(config, io);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: cannot be read (${error.code}); --print-config writes such a file`, {
      cause: error,
    });
  });
  const settings = configFromText(text, path);
  if (Array.isArray(settings.data)) settings.data = settings.data.map((set: unknown) => withPath(set, io));
  return settings;
}

/** Settings of a file, below those of flags; YAML reads a flag's value: 0.5, true, null, [a, b], words. */
export async function collectSettings(flags: Settings, io: CommandIo): Promise<CollectedSettings> {
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
  const settings = config === undefined ? {} : await settingsOfFile(config, io);
  const assignments = (set ?? []).map((text) => {
    const { path, value } = assignmentOf(text);
    const words = `--set ${text}`;
    return { path, value: parse(value, words), typed: words };
  });
  // As YAML reads it: quotes around a kind do not make it another.
  const kind =
    assignments.findLast(({ path }) => path === 'optimiser.kind')?.value ??
    (flags.optimiser === undefined ? undefined : parse(String(flags.optimiser), `--optimiser ${flags.optimiser}`));
  if (kind !== undefined) changeOptimiser(settings, kind);
  const typed: TypedSetting[] = [];
  const give = (path: string, value: unknown, words: string): void => {
    put(settings, path, value);
    typed.push({ path: path.split('.'), typed: words });
  };
  for (const [flag, path] of settingFlags) {
    const value = flags[keyOf(flag)];
    if (value === undefined) continue;
    const isWord =
      path === 'trainSplit' || path === 'validationSplit' || path === 'licence' || path === 'initialWeights';
    const words = `${flag.split(' ')[0]} ${String(value)}`;
    give(path, isWord ? value : parse(String(value), words), words);
  }
  for (const { path, value, typed: words } of assignments) give(path, value, words);
  if (freeze !== undefined) give('freeze', freeze, `--freeze ${freeze.join(' ')}`);
  if (data !== undefined) {
    settings.data = data.map((text) => parseData(text, io));
    for (const [index, text] of data.entries()) typed.push({ path: ['data', String(index)], typed: `--data ${text}` });
  }
  const { initialWeights } = settings;
  if (typeof initialWeights === 'string') settings.initialWeights = await modelOf(initialWeights, io);
  return { settings, typed, file: config ?? null };
}

const begins = (path: readonly string[], start: readonly string[]): boolean =>
  start.every((name, index) => path[index] === name);

/** A problem as its flag was typed; null where no flag is behind it. */
function problemOfFlag(
  { path, message }: SettingProblem,
  { typed, file }: CollectedSettings,
  named: string,
): string | null {
  if (path.length === 0) return null;
  // The last that set what is wrong, a part of it, or what it is a part of.
  const flag = typed.findLast((setting) => begins(path, setting.path) || begins(setting.path, path));
  if (flag) {
    // `--set loss.dice=x` says where already; a flag's value that is a whole part has the fault within.
    const within = path.slice(flag.path.length).join('.');
    return `${flag.typed}: ${within ? `${within}: ` : ''}${message}`;
  }
  if (path[0] !== 'model') return null;
  // Settings of a model go with each other: a width that its heads do not divide is told of the heads.
  const related =
    typed.findLast((setting) => begins(setting.path, path.slice(0, 2))) ??
    (file === null ? typed.findLast((setting) => setting.path[0] === 'model') : undefined);
  return related ? `${related.typed}: ${named}` : null;
}

/**
 * Checks settings and fills in the defaults.
 * @throws UsageError that names each flag as it was typed, UserError that names file and setting where only the file is
 *   at fault
 */
export async function completeSettings(collected: CollectedSettings): Promise<TrainingConfig> {
  const { checkTrainingConfig, problemOfSetting, settingsAdvice } = await import('../training/index.js');
  const checked = checkTrainingConfig(collected.settings);
  if ('config' in checked) return checked.config;
  let isUsage = false;
  const lines = checked.problems.map((problem) => {
    const named = problemOfSetting(problem);
    const told = problemOfFlag(problem, collected, named);
    if (told === null) return `${collected.file ?? 'settings'}: ${named}`;
    isUsage = true;
    return told;
  });
  const message = `${lines.join('; ')}. ${settingsAdvice}`;
  throw isUsage ? new UsageError(message) : new UserError(message);
}

/** A data set of a file, its folder taken from the working folder; a plain text is its folder. */
function withPath(set: unknown, io: CommandIo): unknown {
  if (typeof set === 'string') return parseData(set, io);
  const folder = (set as { folder?: unknown } | null)?.folder;
  return typeof folder === 'string' ? { ...(set as object), folder: pathOf(folder, io) } : set;
}
