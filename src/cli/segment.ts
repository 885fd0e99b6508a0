import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import type { EncodedImage, LoadedModel, Question, Segmentation } from '../segmentation/index.js';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';
import type { CommandIo } from './io.js';

const probability = z.coerce.number().gt(0).lt(1);

async function readStandardInput(io: CommandIo): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of io.stdin) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts).toString('utf8');
}

/** All questions that the arguments ask: pictures times sentences, or the lines of a list. */
async function collectQuestions(image: string, sentences: readonly string[], io: CommandIo): Promise<Question[]> {
  const { findPictures, isQuestionList, parseQuestions } = await import('../segmentation/index.js');
  if (image === '-') return parseQuestions(await readStandardInput(io), 'standard input', io.workingFolder);
  if (isQuestionList(image)) {
    const path = resolve(io.workingFolder, image);
    return parseQuestions(await readFile(path, 'utf8'), image, dirname(path));
  }
  if (sentences.length === 0) {
    throw new UsageError(
      `a picture needs a sentence: refersat segment ${image} "the red car"; or give a CSV or JSONL file of both`,
    );
  }
  const pictures = await findPictures(image, io.workingFolder);
  return pictures.flatMap((path) => sentences.map((sentence) => ({ image: path, sentence })));
}

/** The line that `--json` prints. */
function jsonLine(image: string, { polygons, mask: _mask, truncated: _truncated, ...rest }: Segmentation): string {
  return JSON.stringify({
    image,
    ...rest,
    polygons: polygons(),
    milliseconds: Math.round(rest.milliseconds * 10) / 10,
  });
}

/** Writes mask and overlay of one answer, each atomically. */
async function writeResult(folder: string, name: string, image: string, result: Segmentation): Promise<void> {
  const { decodeImage, drawOverlay, encodeMaskPng, encodePng, overlayColours } = await import('../imagery/index.js');
  const { decodeRle } = await import('../masks/index.js');
  const { writeFileAtomic } = await import('../files/index.js');
  const { mask } = result;
  await writeFileAtomic(
    resolve(folder, `${name}_mask.png`),
    await encodeMaskPng(decodeRle(mask), mask.height, mask.width),
  );
  const note = result.found ? `score ${result.score.toFixed(2)}` : `nothing found, score ${result.score.toFixed(2)}`;
  const overlay = await drawOverlay(await decodeImage(image), [{ colour: overlayColours[0], mask }], {
    sentence: result.sentence,
    note,
  });
  await writeFileAtomic(resolve(folder, `${name}_overlay.png`), await encodePng(overlay));
}

/** Warnings about a sentence that the model cannot have understood as it stands. */
function warn(io: CommandIo, { sentence, unknownWords, truncated }: Segmentation, model: LoadedModel): void {
  if (unknownWords.length > 0) {
    io.stderr.write(
      `warning: "${sentence}": the model ${model.name} was never trained on ${unknownWords.join(', ')}; its answer may mean "not understood"\n`,
    );
  }
  if (truncated) {
    io.stderr.write(
      `warning: "${sentence}": longer than the ${model.config.maxWords} tokens that the model reads; its end is cut\n`,
    );
  }
}

/** `refersat segment`. */
export const segmentCommand = defineCommand({
  path: 'segment',
  summary: 'Segments pictures by sentences: masks, overlays and JSON lines.',
  positional: [
    {
      name: '<image>',
      description: 'picture, folder, glob pattern, CSV or JSONL of image and sentence, or - for standard input',
    },
    { name: '[sentences...]', description: 'what to find: "the red car left of the road"' },
  ],
  flags: [
    { flags: '--model <name>', description: 'shipped model, checkpoint folder or run folder (default open)' },
    { flags: '-o, --out <folder>', description: 'write mask and overlay of each answer here (default: refersat-out)' },
    { flags: '--threshold <probability>', description: 'from which a pixel belongs to the mask (default 0.5)' },
    { flags: '--exists-threshold <probability>', description: 'below which the answer is "nothing" (default 0.5)' },
    { flags: '--tile', description: 'keep the detail of large pictures by overlapping windows' },
    { flags: '--resize', description: "resize the whole picture to the model's input" },
    { flags: '--no-files', description: 'write no pictures' },
    { flags: '--device <name>', description: 'cpu, cuda or webgpu (default cpu)' },
    { flags: '--threads <count>', description: 'threads (default: the cores)' },
    { flags: '--json', description: 'one JSON object a line on standard output' },
  ],
  help: [
    'Examples:',
    '  refersat segment harbour.jpg "the ship at the pier" "all storage tanks"',
    '  refersat segment "tiles/*.png" "the largest building" --out results --json',
    '  refersat segment questions.csv --model runs/mine',
    '',
    "Large pictures are resized whole when a side is at most three times the model's input, else cut into windows.",
  ].join('\n'),
  schema: z.object({
    image: z.string(),
    sentences: z.array(z.string()).default([]),
    model: z.string().default('open'),
    out: z.string().default('refersat-out'),
    threshold: probability.default(0.5),
    existsThreshold: probability.default(0.5),
    tile: z.boolean().default(false),
    resize: z.boolean().default(false),
    files: z.boolean().default(true),
    device: z.enum(['cpu', 'cuda', 'webgpu']).default('cpu'),
    threads: z.coerce.number().int().positive().optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    if (flags.tile && flags.resize) throw new UsageError('--tile and --resize exclude each other');
    const questions = await collectQuestions(flags.image, flags.sentences, io);
    const { loadModel, resultName } = await import('../segmentation/index.js');
    const { createProgress } = await import('../progress/index.js');
    const model = await loadModel(flags.model, { threads: flags.threads, device: flags.device });
    const detail = flags.tile ? 'tiles' : flags.resize ? 'whole' : 'auto';
    const folder = resolve(io.workingFolder, flags.out);
    const shown = (path: string): string => relative(io.workingFolder, path) || path;
    const progress =
      questions.length > 3
        ? createProgress(io.stderr, { label: 'segmenting', total: questions.length, unit: 'sentences' })
        : null;
    const taken = new Set<string>();
    const rows: string[][] = [];
    let current = null as { path: string; encoded: EncodedImage } | null;
    try {
      for (const question of questions) {
        io.signal.throwIfAborted();
        if (current?.path !== question.image) {
          current = { path: question.image, encoded: await model.encode(question.image) };
        }
        const { threshold, existsThreshold } = flags;
        const result = await current.encoded.segment(question.sentence, {
          threshold,
          existsThreshold,
          detail,
          signal: io.signal,
        });
        warn(io, result, model);
        const name = resultName(question, taken);
        if (flags.files) await writeResult(folder, name, question.image, result);
        if (flags.json) io.stdout.write(`${jsonLine(shown(question.image), result)}\n`);
        else {
          const found = result.found ? `${result.area} px` : 'nothing';
          rows.push([
            shown(question.image),
            question.sentence,
            found,
            result.score.toFixed(2),
            `${result.milliseconds.toFixed(0)} ms`,
          ]);
        }
        progress?.tick();
      }
    } finally {
      await model.close();
    }
    progress?.finish();
    if (!flags.json) {
      io.stdout.write(`${formatTable([['image', 'sentence', 'found', 'score', 'time'], ...rows])}\n`);
      if (flags.files) io.stdout.write(`masks and overlays: ${shown(folder)}\n`);
    }
    return undefined;
  },
});
