import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import type { OnnxExportReport, SafetensorsExportReport } from '../weights/index.js';
import { defineCommand } from './command.js';
import type { CommandIo } from './io.js';
import { deviationText, megabytesText } from './modelShrink.js';

const schema = z
  .object({
    name: z.string(),
    to: z.enum(['onnx', 'safetensors'], { error: 'say onnx or safetensors' }),
    out: z.string({ error: 'give the file to write' }),
    half: z.boolean().default(false),
    int8: z.boolean().default(false),
    sentence: z.string().optional(),
    gsd: z.coerce.number().positive().max(1000).optional(),
    size: z.coerce.number().int().positive().multipleOf(32).max(4096).optional(),
    external: z.boolean().default(false),
    json: z.boolean().default(false),
  })
  .refine(({ int8, half }) => !(int8 && half), { path: ['half'], message: 'excludes --int8' });

type Flags = z.output<typeof schema>;

function warn(report: OnnxExportReport, { sentence, gsd }: Flags, io: CommandIo): void {
  if (sentence === undefined) return;
  if (report.unknownWords.length > 0) {
    io.stderr.write(`warning: the model was never trained on ${report.unknownWords.join(', ')}\n`);
  }
  if (report.truncated) io.stderr.write('warning: the sentence is longer than the model reads; its end is cut\n');
  if (gsd === undefined) {
    io.stderr.write('note: 0.3 m a pixel is written as the ground sample distance; --gsd sets another\n');
  }
}

function onnxText(report: OnnxExportReport, { sentence }: Flags, io: CommandIo): string {
  const boundary = (shapes: Readonly<Record<string, readonly number[]>>): string =>
    Object.entries(shapes)
      .map(([name, shape]) => `${name} [${shape.join(', ')}]`)
      .join(', ');
  const files = report.files.map((file) => relative(io.workingFolder, file) || file).join(' and ');
  const lines = [
    `${files}: ${megabytesText(report.bytes)}`,
    `  takes ${boundary(report.inputs)}${sentence === undefined ? '' : ', RGB from 0 to 1'}`,
    `  gives ${boundary(report.outputs)}`,
  ];
  if (report.deviation && report.deviation.largest > 0) {
    const text = deviationText(report.deviation);
    lines.push(`  ${sentence === undefined ? text : text.replace(/^logits/, 'probabilities')}`);
  }
  return `${lines.join('\n')}\n`;
}

function safetensorsText({ files, bytes, deviation }: SafetensorsExportReport, io: CommandIo): string {
  const shown = files.map((file) => relative(io.workingFolder, file) || file).join(' and ');
  return `${shown}: ${megabytesText(bytes)}\n${deviation ? `  ${deviationText(deviation)}\n` : ''}`;
}

/** `refersat model export`. */
export const modelExportCommand = defineCommand({
  path: 'model export',
  summary: 'Writes a model as ONNX for other tools, or its bare weights as safetensors.',
  positional: [{ name: '<name>', description: 'shipped model, checkpoint folder or run folder' }],
  flags: [
    { flags: '--to <format>', description: 'onnx or safetensors' },
    { flags: '--out <file>', description: 'the file to write' },
    { flags: '--half', description: 'weights in half precision' },
    { flags: '--int8', description: 'weights of a byte each, with a factor a row' },
    { flags: '--sentence <text>', description: 'bake one sentence in: a picture-to-mask model (QGIS: Deepness)' },
    { flags: '--gsd <metres>', description: 'ground sample distance of a pixel, for --sentence (default 0.3)' },
    { flags: '--size <pixels>', description: "side of the input (default: the model's own)" },
    { flags: '--external', description: 'weights in a file beside the graph, as above 2 GB' },
    { flags: '--json', description: 'as one JSON object' },
  ],
  help: [
    'Examples:',
    '  refersat model export open --to onnx --out open.onnx --half',
    '  refersat model export open --to onnx --sentence "all ships" --gsd 0.5 --out ships.onnx',
    '',
    'Without --sentence the model takes image (normalised), ids and mask; normalisation and tokenizer are in the',
    "file's metadata. --half and --int8 store smaller weights; computing stays float32.",
  ].join('\n'),
  schema,
  async run(flags, io) {
    const { name, to, half, int8, sentence, gsd, size, external, json } = flags;
    if (to === 'safetensors' && (sentence !== undefined || gsd !== undefined || size !== undefined || external)) {
      throw new UsageError('--sentence, --gsd, --size and --external go with --to onnx');
    }
    if (gsd !== undefined && sentence === undefined) {
      throw new UsageError('--gsd is written into the model of one sentence: give --sentence too');
    }
    const { emptySentenceProblem, isEmptySentence } = await import('../text/index.js');
    if (sentence !== undefined && isEmptySentence(sentence)) {
      throw new UsageError(`--sentence: ${emptySentenceProblem}`);
    }
    const { findModelFolder } = await import('../segmentation/index.js');
    const folder = findModelFolder(name, io.workingFolder);
    const out = resolve(io.workingFolder, flags.out);
    const { exportOnnx, exportSafetensors, loadCheckpoint } = await import('../weights/index.js');
    const { onnxruntimeNode: runtime } = await import('../runtimes/onnxruntimeNode.js');
    const as = int8 ? 'int8' : half ? 'half' : undefined;
    const { signal } = io;
    const checkpoint = await loadCheckpoint(folder);
    if (to === 'safetensors') {
      const report = await exportSafetensors(checkpoint, out, { as, runtime, signal });
      io.stdout.write(json ? `${JSON.stringify(report)}\n` : safetensorsText(report, io));
      return undefined;
    }
    const report = await exportOnnx(checkpoint, out, {
      as,
      sentence,
      gsdM: gsd,
      sizePx: size,
      external,
      runtime,
      signal,
    });
    warn(report, flags, io);
    io.stdout.write(json ? `${JSON.stringify(report)}\n` : onnxText(report, flags, io));
    return undefined;
  },
});
