import { Document, isMap, isScalar, type Pair, parse, type YAMLMap, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { modelSettingProblems } from './modelOptions.js';
import {
  type TrainingConfig,
  type TrainingOptions,
  trainingConfigSchema,
  usualOptimiser,
  usualSgd,
} from './trainingConfig.js';

/** What a schema holds inside its default, null and optional wrappers. */
function inner(schema: unknown): unknown {
  let current = schema;
  while (
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodOptional
  ) {
    current = current.def.innerType;
  }
  return current;
}

/** The fields of an object schema; of a union those of the option that the value chose. */
function fieldsOf(schema: unknown, value: unknown): Readonly<Record<string, z.ZodType>> | null {
  const bare = inner(schema);
  if (bare instanceof z.ZodObject) return bare.shape as Record<string, z.ZodType>;
  if (!(bare instanceof z.ZodDiscriminatedUnion)) return null;
  const option = bare.options.find((candidate) => (candidate as z.ZodType).safeParse(value).success);
  return option ? fieldsOf(option, value) : null;
}

/** Writes each field's description as a comment: before an object, behind anything else. */
function comment(map: YAMLMap, schema: unknown, value: unknown): void {
  const fields = fieldsOf(schema, value);
  if (!fields) return;
  for (const pair of map.items as Pair[]) {
    const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const field = fields[name];
    if (!field) continue;
    const { description } = field;
    const fieldValue = (value as Record<string, unknown>)[name];
    if (description && isScalar(pair.value)) pair.value.comment = ` ${description}`;
    else if (description && isScalar(pair.key)) pair.key.commentBefore = ` ${description}`;
    if (isMap(pair.value)) comment(pair.value, field, fieldValue);
  }
}

/** A configuration as YAML with the meaning of every setting as comments. */
export function configToYaml(config: TrainingConfig, heading?: string): string {
  const document = new Document(config);
  if (isMap(document.contents)) comment(document.contents, trainingConfigSchema, config);
  if (heading) document.commentBefore = heading.replace(/^/gm, ' ');
  return document.toString({ lineWidth: 0 });
}

/** The settings of a new run with every default filled in; the data set's folder is a place to write into. */
export function defaultConfig(): TrainingConfig {
  return trainingConfigSchema.parse({ data: [{ folder: 'path/to/dataset' }] });
}

/**
 * Reads a configuration of YAML or JSON; nothing is filled in yet.
 * @throws UserError that names the file and line where it is neither, or no mapping
 */
export function configFromText(text: string, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UserError(`${source}: is neither YAML nor JSON: ${error.message}`, { cause: error });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UserError(`${source}: expected settings as name: value; refersat train --print-config writes them all`);
  }
  return value as Record<string, unknown>;
}

/** What is wrong with one setting. */
export interface SettingProblem {
  /** Its names from the outside in: `optimiser`, `learningRate`; none where it is the settings as a whole. */
  readonly path: readonly string[];
  readonly message: string;
}

function lossProblems({ loss }: TrainingConfig): SettingProblem[] {
  if (loss.crossEntropy + loss.dice + loss.focal + loss.noTarget + loss.categories > 0) return [];
  return [{ path: ['loss'], message: 'every term has the weight 0, so nothing would be learnt' }];
}

/** Checks settings and fills in the defaults; what is wrong with them where they do not fit. */
export function checkTrainingConfig(
  options: TrainingOptions | Record<string, unknown>,
): { readonly config: TrainingConfig } | { readonly problems: readonly SettingProblem[] } {
  const { optimiser } = options;
  // A setting of the optimiser alone keeps the usual kind and the usual rest.
  const isPart = typeof optimiser === 'object' && optimiser !== null && !Array.isArray(optimiser);
  const usual = (optimiser as { kind?: unknown } | undefined)?.kind === 'sgd' ? usualSgd : usualOptimiser;
  const whole = isPart ? { ...options, optimiser: { ...usual, ...optimiser } } : options;
  const result = trainingConfigSchema.safeParse(whole);
  if (result.success) {
    const problems = [...lossProblems(result.data), ...modelSettingProblems(result.data)];
    return problems.length > 0 ? { problems } : { config: result.data };
  }
  const problems = result.error.issues.flatMap((issue): SettingProblem[] => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such setting' }));
  });
  return { problems };
}

/** `optimiser.learningRate: expected a number`, as messages about settings name them. */
export const problemOfSetting = ({ path, message }: SettingProblem): string =>
  `${path.join('.') || 'settings'}: ${message}`;

/** The way on from settings that do not fit. */
export const settingsAdvice = 'refersat train --print-config writes every setting with its meaning';

/**
 * Checks settings and fills in the defaults.
 * @param source what the message names: a file, or who asked
 * @throws UserError that names each setting that is unknown or out of range
 */
export function completeTrainingConfig(
  options: TrainingOptions | Record<string, unknown>,
  source: string,
): TrainingConfig {
  const checked = checkTrainingConfig(options);
  if ('config' in checked) return checked.config;
  throw new UserError(`${source}: ${checked.problems.map(problemOfSetting).join('; ')}. ${settingsAdvice}`);
}
