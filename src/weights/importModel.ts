import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { floatTensor, initialise } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { readIfThere } from '../files/index.js';
import {
  buildModel,
  createModel,
  type ModelName,
  type ModelOptions,
  type PresetName,
  presets,
  type ReferringModel,
} from '../models/index.js';
import { toFloat32 } from '../tensors/index.js';
import { type Tokenizer, tokenizerFromJson, tokenizerFromVocabulary } from '../text/index.js';
import { type FloatTensor, saveCheckpoint } from './checkpoint.js';
import { type ImportSizes, keptPositionScale, sizesOfWeights } from './importSizes.js';
import { writeNewFolder } from './newFolder.js';
import { openWeights } from './openWeights.js';
import { type ImportKind, type ImportPlan, planImport } from './planImport.js';
import { readNormaliserSettings, readPublishedSettings } from './publishedSettings.js';
import { readAssignment } from './readAssignment.js';
import { readWindowBuffers } from './windowBuffers.js';

export interface ImportOptions {
  readonly as: ImportKind;
  /** The model that a Swin or a BERT becomes a part of; LAVT's by default. */
  readonly model?: ModelName;
  /** Sizes of what the file does not bring. */
  readonly preset?: PresetName;
  /** Settings over those that the file tells, as in `config.json`; `trunk`, `text` and `decoder` may be given in part. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** `vocab.txt` or `tokenizer.json` of the text encoder; one that lies beside the file is found. */
  readonly vocabulary?: string;
  /** Seed of the parts that the file does not bring. */
  readonly seed?: number;
  /** Ends the work at its next safe point: nothing is written then, and the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What an import did. */
export interface ImportReport {
  readonly as: ImportKind;
  /** The published form that the file has. */
  readonly format: string;
  readonly model: ReferringModel;
  readonly plan: ImportPlan;
  /** Parameters and buffers that begin anew because the file is about another part of the model. */
  readonly initialised: readonly string[];
  readonly assumptions: readonly string[];
  /** Parameters of the file with values that are no finite numbers, and how many: such a file is broken. */
  readonly nonFinite: readonly { readonly target: string; readonly count: number }[];
  /** The vocabulary's file; null when there is none: training then makes its own. */
  readonly vocabulary: string | null;
}

/** Tokens of a sentence in the referring papers. */
const usualWords = 20;

async function parseVocabulary(path: string, text: string): Promise<Tokenizer> {
  const options = { source: path, ...(await readNormaliserSettings(dirname(path))) };
  const isJson = text.trimStart().startsWith('{');
  return isJson ? tokenizerFromJson(text, options) : tokenizerFromVocabulary(text, options);
}

async function findVocabulary(
  given: string | undefined,
  folder: string,
): Promise<{ path: string; tokenizer: Tokenizer } | null> {
  const places = given === undefined ? ['tokenizer.json', 'vocab.txt'].map((name) => join(folder, name)) : [given];
  for (const path of places) {
    const text = await readIfThere(path);
    if (text !== null) return { path, tokenizer: await parseVocabulary(path, text) };
  }
  if (given !== undefined) throw new UserError(`${given}: no such vocabulary file (vocab.txt or tokenizer.json)`);
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lays settings over others; objects are merged unless they become another kind, everything else is replaced. */
function overlay(base: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>) {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = base[key];
    const isPart = isObject(value) && isObject(below) && (value.kind ?? below.kind) === below.kind;
    result[key] = isPart ? overlay(below, value) : value;
  }
  return result;
}

/** Whether settings say something about a path of them: `text.heads`. */
function isSet(settings: unknown, path: string): boolean {
  const value = path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), settings);
  return value !== undefined;
}

/**
 * The model that takes the weights: sizes of the file, a preset's for the rest, the caller's settings over both; and what
 * was assumed of them, by setting.
 */
function fittingModel(
  sizes: ImportSizes,
  options: ImportOptions,
  tokenizer: Tokenizer | null,
): { model: ReferringModel; assumptions: Map<string, string> } {
  const { as, config = {} } = options;
  const isWhole = as === 'lavt' || as === 'rmsin';
  if (isWhole && options.model !== undefined && options.model !== as)
    throw new UserError(`weights of ${as.toUpperCase()} make a model ${as}, not ${options.model}`);
  const model = isWhole ? as : (options.model ?? 'lavt');
  const isLarge = (sizes.trunk?.width ?? 0) >= 128 || (sizes.text?.width ?? 0) >= 768;
  const preset = options.preset ?? (isLarge ? 'base' : 'small');
  const text = sizes.text ?? {
    ...presets[preset].text,
    ...(tokenizer ? { vocabularySize: tokenizer.vocabulary.size } : {}),
  };
  const halfOfDeepest = sizes.trunk ? 4 * sizes.trunk.width : undefined;
  const decoder =
    isWhole || sizes.trunk
      ? { norm: 'batch', ...(sizes.decoderWidth === halfOfDeepest ? {} : { width: sizes.decoderWidth }) }
      : presets[preset].decoder;
  const whole = {
    model,
    preset,
    ...presets[preset],
    ...(sizes.trunk ? { trunk: sizes.trunk } : {}),
    ...(sizes.imageSizePx ? { imageSizePx: sizes.imageSizePx } : {}),
    text,
    decoder,
    pixels: sizes.pixels,
    maxWords: Math.min(usualWords, text.maxPositions),
    ...(isWhole ? { noTarget: false } : {}),
  };
  const settings = overlay(whole, config);
  const made = createModel(settings as ModelOptions);
  const assumptions = new Map([...sizes.assumptions].filter(([setting]) => !isSet(config, setting)));
  if (!sizes.trunk || isSet(config, 'trunk.pretrainedWindow')) return { model: made, assumptions };
  const pretrainedWindow = keptPositionScale(sizes.trunk, made.config.trunk, sizes.assumptions);
  if (pretrainedWindow === null) return { model: made, assumptions };
  const kept = [pretrainedWindow].flat().join('-');
  assumptions.set('trunk.pretrainedWindow', `position offsets on the scale of the file's own window, ${kept}`);
  return { model: createModel(overlay(settings, { trunk: { pretrainedWindow } }) as ModelOptions), assumptions };
}

/** Heads that were guessed must divide the width: a file that tells otherwise needs the caller's word. */
function checkAssumedHeads(file: string, { text, assumptions }: ImportSizes, config: ImportOptions['config']): void {
  if (!text || !assumptions.has('text.heads') || isSet(config, 'text.heads') || text.width % text.heads === 0) return;
  throw new UserError(
    `${file}: a text encoder of width ${text.width}, whose weights do not tell its heads, and ${text.heads} do not divide it: set text.heads by --config, for example {"text": {"heads": ${text.width % 4 === 0 ? 4 : 1}}}`,
  );
}

function cardOf(file: string, { format, plan, model, initialised }: ImportReport): string {
  const { model: name, preset } = model.config;
  const rest =
    initialised.length > 0
      ? `The other ${initialised.length} parameters and statistics begin anew: this folder is for training to start from.`
      : 'Nothing begins anew.';
  return [
    '---',
    'library_name: refersat',
    'tags: [referring-segmentation, remote-sensing]',
    '---',
    '',
    `# ${name}, preset ${preset}, with imported weights`,
    '',
    `${plan.assignments.length} parameters are of \`${basename(file)}\` (${format}; imported by refersat as ${plan.as}), ${plan.resized.length} of them resized, ${plan.missing.length} missing there. ${rest}`,
    'The licence of the weights is that of the file they came from.',
    '',
  ].join('\n');
}

/**
 * Imports published weights into a new checkpoint folder. LAVT and RMSIN become whole models; a Swin or a BERT becomes
 * the trunk or text encoder of a model of fitting size whose other parts begin anew, for training to start from. Without
 * a vocabulary (a Swin needs none) the folder has no `tokenizer.json`, and training makes its own.
 * @param file safetensors, torch's `.pth`, `.pt` or `.bin`, or a Hugging Face folder
 * @param out a new folder
 * @throws UserError when the file cannot be read, holds no such network, its shapes fit no such model (naming tensor and
 *   shapes), a text encoder comes without its vocabulary, or `out` is there already or cannot be written; the
 *   signal's reason
 */
export async function importModel(file: string, out: string, options: ImportOptions): Promise<ImportReport> {
  const { as, seed = 1, signal } = options;
  const isFolder = await stat(file).then(
    (info) => info.isDirectory(),
    () => false,
  );
  const folder = isFolder ? file : dirname(file);
  const source = await openWeights(file);
  try {
    const beside = await readPublishedSettings(folder, as);
    const published = as === 'swin-v2' ? { ...beside, ...(await readWindowBuffers(source)) } : beside;
    const sizes = sizesOfWeights(source, as, published);
    const found = await findVocabulary(options.vocabulary, folder);
    if (!found && sizes.text)
      throw new UserError(
        `${file}: brings a text encoder of ${sizes.text.vocabularySize} word pieces without its vocabulary: give --vocab vocab.txt (or tokenizer.json) of the same model`,
      );
    const tokenizer = found?.tokenizer ?? null;
    if (found && sizes.text && found.tokenizer.vocabulary.size !== sizes.text.vocabularySize)
      throw new UserError(
        `${found.path}: has ${found.tokenizer.vocabulary.size} word pieces, the text encoder of ${file} has ${sizes.text.vocabularySize}: give the vocabulary of the same model`,
      );
    checkAssumedHeads(file, sizes, options.config);
    const { model, assumptions: assumed } = fittingModel(sizes, options, tokenizer);
    const { declared } = buildModel(model, { batch: 1, training: false });
    const all = [...declared.parameters.values(), ...declared.buffers.values()];
    const plan = planImport(source, new Map(all.map(({ name, shape }) => [name, shape])), as);
    const weights = new Map<string, FloatTensor>();
    const nonFinite: { target: string; count: number }[] = [];
    for (const assignment of plan.assignments) {
      signal?.throwIfAborted();
      const data = toFloat32(await readAssignment(source, assignment));
      const count = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
      if (count > 0) nonFinite.push({ target: assignment.target, count });
      weights.set(assignment.target, floatTensor(data, assignment.shape) as FloatTensor);
    }
    const missing = new Set(plan.missing);
    const initialised: string[] = [];
    for (const { name, shape, initialiser } of all) {
      if (weights.has(name)) continue;
      if (!missing.has(name)) initialised.push(name);
      weights.set(name, floatTensor(initialise(initialiser, shape, seed, name), shape) as FloatTensor);
    }
    const { format } = sizes;
    const assumptions = [...assumed].map(([setting, taken]) => `${taken} (--config sets ${setting})`);
    const vocabulary = found?.path ?? null;
    const report = { as, format, model, plan, initialised, assumptions, nonFinite, vocabulary };
    await writeNewFolder(out, async (temporary) => {
      await saveCheckpoint(temporary, { model, weights, tokenizer, seenWords: null }, { card: cardOf(file, report) });
      signal?.throwIfAborted();
    });
    return report;
  } finally {
    await source.close();
  }
}
