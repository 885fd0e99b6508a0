import { type ModelOptions, modelProblems, presets, type ReferringModel } from '../models/index.js';
import type { TrainingConfig } from './trainingConfig.js';

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The kind of a part; older settings of HFIM on a grid do not name it. */
const kindOf = (part: Readonly<Record<string, unknown>>): unknown => part.kind ?? ('grid' in part ? 'grid' : undefined);

/** Settings over others. Of a part (trunk, text, decoder, hfim) the rest stays, unless it becomes another kind of part. */
function overlay(base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>) {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = base[name];
    const isPart = isMapping(value) && isMapping(below) && (kindOf(value) ?? kindOf(below)) === kindOf(below);
    result[name] = isPart ? { ...below, ...value } : value;
  }
  return result;
}

const optionalSettings: readonly string[] = ['model', 'preset', 'imageSizePx'];

/** Settings of the model: those given, over those of the initial weights where it is of their preset. */
export function modelOptions(config: TrainingConfig, start: ReferringModel | null): ModelOptions {
  // Null leaves these three to the initial weights or the preset; elsewhere (hfim) it is a value.
  const given = Object.fromEntries(
    Object.entries(config.model).filter(([name, value]) => value !== null || !optionalSettings.includes(name)),
  );
  const isOtherPreset = start !== null && (given.preset ?? start.config.preset) !== start.config.preset;
  const base = start === null || isOtherPreset ? { model: start?.config.model ?? 'mrsnet' } : start.config;
  const preset = (given.preset ?? start?.config.preset ?? 'nano') as keyof typeof presets;
  return overlay({ ...presets[preset], ...base, preset }, given) as ModelOptions;
}

/**
 * What keeps the settings of a run's own model from making one, the names from the training settings on: `model`,
 * `imageSizePx`. None where initial weights supply the rest: they are read when the run begins, and tell then.
 */
export function modelSettingProblems(config: TrainingConfig): { path: string[]; message: string }[] {
  if (config.initialWeights !== null) return [];
  const options = modelOptions(config, null);
  const { prior } = options;
  // No classes stand for the categories of the data, which are not read yet.
  const hasOpenClasses = Array.isArray(prior?.classes) && prior.classes.length === 0;
  const settings = hasOpenClasses ? { ...options, prior: { ...prior, classes: ['any'] } } : options;
  return modelProblems(settings).map(({ path, message }) => ({ path: ['model', ...path.map(String)], message }));
}
