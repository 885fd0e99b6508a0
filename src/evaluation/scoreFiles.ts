import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { type JsonLine, readJsonLines } from '../files/index.js';
import { type Rle, rleFromString } from '../masks/index.js';
import { type Protocol, scoredKinds } from './sampleScore.js';
import { createScorer, type ScoreResult } from './scorer.js';

const id = z.union([z.string(), z.number().int()], { error: 'expected a text or a whole number' }).transform(String);
const rle = z.string({ error: "expected a compressed RLE string (COCO's counts)" });
const predictionLine = z.object({ id, rle });
const side = z.number().int().positive();
const truthLine = z.object({
  id,
  kind: z.enum(scoredKinds as readonly ['single', 'multi', 'none']),
  category: z.string(),
  size: z.tuple([side, side], { error: 'expected [height, width]' }),
  rle,
});

/** The scores of a predictions file, and how many of its lines no truth asked for. */
export interface FileScores {
  readonly scores: ScoreResult;
  readonly unaskedPredictions: number;
}

/**
 * Scores a file of predictions (`{id, rle}` a line) against a file of truths (`{id, kind, category, size: [h, w], rle}` a
 * line), in any order. Truths are read a line at a time; of the predictions the compressed runs are kept.
 * @throws UserError naming file and line: a broken line, an id twice, a truth without its prediction, runs that do not
 * fill the truth's size, no truth at all.
 */
export async function scoreFiles(
  files: { readonly predictions: string; readonly truth: string },
  protocol: Protocol,
  signal?: AbortSignal,
): Promise<FileScores> {
  const predictions = new Map<string, { line: number; rle: string }>();
  for await (const record of readJsonLines(files.predictions, signal)) {
    const prediction = checked(predictionLine, record, files.predictions);
    const earlier = predictions.get(prediction.id);
    if (earlier !== undefined) throw twice(files.predictions, record.line, prediction.id, earlier.line);
    predictions.set(prediction.id, { line: record.line, rle: prediction.rle });
  }
  const scorer = createScorer(protocol);
  const truthLines = new Map<string, number>();
  for await (const record of readJsonLines(files.truth, signal)) {
    const truth = checked(truthLine, record, files.truth);
    const earlier = truthLines.get(truth.id);
    if (earlier !== undefined) throw twice(files.truth, record.line, truth.id, earlier);
    truthLines.set(truth.id, record.line);
    const prediction = predictions.get(truth.id);
    if (prediction === undefined) {
      throw new UserError(
        `${files.predictions}: no prediction for id ${JSON.stringify(truth.id)} (${files.truth}, line ${record.line}); every truth needs one, also where the model found nothing`,
      );
    }
    const [height, width] = truth.size;
    const truthMask = maskOf(truth.rle, height, width, `${files.truth}: line ${record.line}`, truth.id);
    const where = `${files.predictions}: line ${prediction.line}`;
    const predictedMask = maskOf(prediction.rle, height, width, where, truth.id);
    scorer.add({ kind: truth.kind, category: truth.category, predicted: predictedMask, truth: truthMask });
  }
  if (truthLines.size === 0) throw new UserError(`${files.truth}: holds no truth; expected one JSON record a line`);
  return { scores: scorer.result(), unaskedPredictions: predictions.size - truthLines.size };
}

function checked<Schema extends z.ZodType>(schema: Schema, { line, value }: JsonLine, file: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new UserError(`${file}: line ${line}: ${field}${issue.message}`);
}

const twice = (file: string, line: number, name: string, earlier: number): UserError =>
  new UserError(
    `${file}: line ${line}: id ${JSON.stringify(name)} is there already, on line ${earlier}; ids must be unique`,
  );

function maskOf(text: string, height: number, width: number, where: string, name: string): Rle {
  try {
    return rleFromString(text, height, width);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `${where}: id ${JSON.stringify(name)}: ${error.message} (the truth is ${height} x ${width}; a prediction must be of the same size)`,
    );
  }
}
