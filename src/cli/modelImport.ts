import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { firstOf, UserError } from '../errors/index.js';
import type { ImportReport } from '../weights/index.js';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';
import type { CommandIo } from './io.js';

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** At most a few names in full: a model has hundreds. */
function listed(label: string, names: readonly string[], most = 6): string[] {
  if (names.length === 0) return [];
  const more = names.length > most ? [`  and ${names.length - most} more (--json lists all)`] : [];
  return [`${label}:`, ...names.slice(0, most).map((name) => `  ${name}`), ...more];
}

function reportText(file: string, out: string, report: ImportReport): string {
  const { plan, model, initialised } = report;
  const { config } = model;
  const counts = formatTable([
    ['file', `${file}: ${report.format}`],
    ['folder', out],
    ['model', `${config.model}, ${config.imageSizePx} px, ${config.trunk.kind} trunk`],
    ['used', `${plan.assignments.length} tensors`],
    ['resized', `${plan.resized.length}`],
    ['missing in the file', `${plan.missing.length}`],
    ['left over in the file', `${plan.leftover.length}`],
    ['begin anew', `${initialised.length} of other parts of the model`],
    ['vocabulary', report.vocabulary ?? 'none: training makes its own'],
  ]);
  const resized = plan.resized.map(
    ({ target, fromShape, shape }) => `${target}: ${shapeText(fromShape)} to ${shapeText(shape)}`,
  );
  const lines = [
    counts,
    ...listed('assumed', report.assumptions),
    ...listed('resized', resized),
    ...listed('missing in the file (they begin anew)', plan.missing),
    ...listed('left over in the file', plan.leftover),
  ];
  return `${lines.join('\n')}\n`;
}

function warn(file: string, { nonFinite }: ImportReport, io: CommandIo): void {
  if (nonFinite.length === 0) return;
  const named = nonFinite.map(({ target, count }) => `${target} (${count})`);
  io.stderr.write(
    `warning: ${file} is broken: values that are NaN or infinite in ${firstOf(named, 3)}; a model with them answers nothing, take another file\n`,
  );
}

async function readSettings(path: string): Promise<Record<string, unknown>> {
  const { parse } = await import('yaml');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  let settings: unknown;
  try {
    settings = parse(text);
  } catch (error) {
    throw new UserError(`${path}: is neither JSON nor YAML: ${(error as Error).message}`, { cause: error });
  }
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings))
    return settings as Record<string, unknown>;
  throw new UserError(`${path}: expected settings as in config.json, for example {"text": {"heads": 12}}`);
}

/** `refersat model import`. */
export const modelImportCommand = defineCommand({
  path: 'model import',
  summary: 'Turns published weights into a checkpoint folder, and says which tensors were used.',
  positional: [{ name: '<file>', description: '.safetensors, .pth, .pt, .bin, or a Hugging Face folder' }],
  flags: [
    { flags: '--as <kind>', description: 'swin, swin-v2, bert, lavt or rmsin' },
    { flags: '--out <folder>', description: 'a new checkpoint folder' },
    { flags: '--vocab <file>', description: 'vocab.txt or tokenizer.json (found when it lies beside the file)' },
    { flags: '--model <name>', description: 'model that a Swin or BERT becomes part of (default lavt)' },
    { flags: '--preset <name>', description: 'sizes of what the file does not bring' },
    { flags: '--config <file>', description: 'JSON or YAML settings over those that the file tells' },
    { flags: '--seed <number>', description: 'seed of what begins anew (default 1)' },
    { flags: '--json', description: 'as one JSON object' },
  ],
  help: [
    'Examples:',
    '  refersat model import swin_base_patch4_window12_384_22k.pth --as swin --out swin-b',
    '  refersat model import bert-base-uncased/ --as bert --out bert',
    '  refersat model import model_best_lavt.pth --as lavt --vocab vocab.txt --out lavt-refcoco',
    '',
    'LAVT and RMSIN become whole models. A Swin or BERT becomes a part of a model whose rest begins anew: training',
    'starts from such a folder with initialWeights.',
  ].join('\n'),
  schema: z.object({
    file: z.string(),
    as: z.enum(['swin', 'swin-v2', 'bert', 'lavt', 'rmsin'], { error: 'say swin, swin-v2, bert, lavt or rmsin' }),
    out: z.string({ error: 'give a new folder' }),
    vocab: z.string().optional(),
    model: z.enum(['lavt', 'lgce', 'rmsin', 'sbanet', 'mrsnet']).optional(),
    preset: z.enum(['nano', 'tiny', 'small', 'base']).optional(),
    config: z.string().optional(),
    seed: z.coerce.number().int().default(1),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { importModel } = await import('../weights/index.js');
    const at = (path: string): string => resolve(io.workingFolder, path);
    const out = at(flags.out);
    const report = await importModel(at(flags.file), out, {
      as: flags.as,
      model: flags.model,
      preset: flags.preset,
      config: flags.config === undefined ? undefined : await readSettings(at(flags.config)),
      vocabulary: flags.vocab === undefined ? undefined : at(flags.vocab),
      seed: flags.seed,
      signal: io.signal,
    });
    warn(flags.file, report, io);
    if (!flags.json) {
      io.stdout.write(reportText(flags.file, relative(io.workingFolder, out) || out, report));
      return undefined;
    }
    const { format, plan, model, initialised, assumptions, nonFinite, vocabulary } = report;
    const { assignments, resized, missing, leftover } = plan;
    const used = assignments.map(({ target, from }) => ({ target, from }));
    const changed = resized.map(({ target, from, fromShape, shape }) => ({ target, from, fromShape, shape }));
    io.stdout.write(
      `${JSON.stringify({ out, as: flags.as, format, used, resized: changed, missing, leftover, initialised, assumptions, nonFinite, vocabulary, config: model.config })}\n`,
    );
    return undefined;
  },
});
