import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import type { ModelConfig, ModelCost } from '../models/index.js';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';
import type { CommandIo } from './io.js';

const registryNames = ['mrsnet', 'lavt', 'rmsin', 'lgce', 'sbanet'] as const;
const presetNames = ['nano', 'tiny', 'small', 'base'] as const;

const isRegistryName = (name: string): name is (typeof registryNames)[number] =>
  (registryNames as readonly string[]).includes(name);

const millions = (count: number): string => `${(count / 1e6).toFixed(count < 1e5 ? 3 : 2)} M`;
const billions = (count: number): string => `${(count / 1e9).toFixed(count < 1e8 ? 3 : 2)} G`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 0)} MB`;

function describeTrunk(trunk: ModelConfig['trunk']): string {
  if (trunk.kind === 'convolutional') {
    return `residual convolutions, widths ${trunk.widths.join('-')}, blocks ${trunk.depths.join('-')}`;
  }
  const name = trunk.kind === 'swin' ? 'Swin' : 'Swin v2';
  return `${name}, width ${trunk.width}, blocks ${trunk.depths.join('-')}, window ${trunk.window}`;
}

/** Names in lines of at most some 80 characters, the later ones below the column of facts. */
function wrapped(names: readonly string[]): string {
  const lines = [''];
  for (const name of names) {
    const last = lines[lines.length - 1];
    if (last !== '' && last.length + name.length > 80) lines.push(name);
    else lines[lines.length - 1] = last === '' ? name : `${last}, ${name}`;
  }
  return lines.join(`,\n${' '.repeat('text encoder  '.length)}`);
}

function infoText(name: string, { config, parts, parameters, multiplyAdds, memory }: ModelCost): string {
  const { text, prior } = config;
  const facts = formatTable([
    ['name', name],
    ['model', `${config.model}, preset ${config.preset}`],
    ['input', `${config.imageSizePx} x ${config.imageSizePx} px, ${config.maxWords} words`],
    ['trunk', describeTrunk(config.trunk)],
    ['text encoder', `BERT, ${text.layers} x ${text.width}, ${text.vocabularySize} word pieces`],
    ...(prior ? [['categories', wrapped(prior.classes)]] : []),
  ]);
  const row = (part: string, count: number, operations: number, bytes: number): string[] => [
    part,
    millions(count),
    billions(operations),
    megabytes(bytes),
  ];
  const activations = parts.reduce((sum, part) => sum + part.activationBytes, 0);
  const table = formatTable([
    ['part', 'parameters', 'multiply-adds', 'activations'],
    ...parts.map((part) => row(part.part, part.parameters, part.multiplyAdds, part.activationBytes)),
    row('all', parameters, multiplyAdds, activations),
  ]);
  const needs = formatTable([
    ['weights', megabytes(memory.weightBytes)],
    ['inference, one picture', `${megabytes(memory.inferenceBytes)} at least`],
    ['training, one picture a step', `${megabytes(memory.trainingBytes)} at least (AdamW)`],
  ]);
  const note =
    'Multiply-adds are those of products (matrix products, convolutions, attention) for one picture and one sentence.';
  return `${facts}\n\n${table}\n\n${needs}\n\n${note}\n`;
}

async function configOf(
  name: string,
  preset: (typeof presetNames)[number] | undefined,
  io: CommandIo,
): Promise<Parameters<typeof import('../models/index.js').createModel>[0]> {
  if (isRegistryName(name)) return { model: name, preset: preset ?? 'nano' };
  if (preset) throw new UsageError(`--preset goes with a model of the registry (${registryNames.join(', ')})`);
  const { findModelFolder } = await import('../segmentation/index.js');
  const { loadConfig } = await import('../weights/index.js');
  return loadConfig(findModelFolder(name, io.workingFolder));
}

/** `refersat model info`. */
export const modelInfoCommand = defineCommand({
  path: 'model info',
  summary: 'Parameters, operations and memory of a model, part by part.',
  positional: [{ name: '<name>', description: `${registryNames.join(', ')}, a shipped model or a checkpoint folder` }],
  flags: [
    { flags: '--preset <name>', description: `${presetNames.join(', ')} (default nano)` },
    { flags: '--size <pixels>', description: "side of the input (default: the model's own)" },
    { flags: '--json', description: 'as one JSON object' },
  ],
  help: 'Examples:\n  refersat model info mrsnet --preset base\n  refersat model info runs/mine --json',
  schema: z.object({
    name: z.string(),
    preset: z.enum(presetNames).optional(),
    size: z.coerce.number().int().positive().multipleOf(32).max(4096).optional(),
    json: z.boolean().default(false),
  }),
  async run({ name, preset, size, json }, io) {
    const { countOperations, createModel } = await import('../models/index.js');
    const config = await configOf(name, preset, io);
    const cost = countOperations(createModel({ ...config, ...(size === undefined ? {} : { imageSizePx: size }) }));
    if (json) {
      const { model, preset: built, imageSizePx, maxWords } = cost.config;
      const { parts, parameters, multiplyAdds, memory } = cost;
      const report = { name, model, preset: built, imageSizePx, maxWords, parameters, multiplyAdds, memory, parts };
      io.stdout.write(`${JSON.stringify({ ...report, config: cost.config })}\n`);
    } else io.stdout.write(infoText(name, cost));
    return undefined;
  },
});
