import { resolve } from 'node:path';
import { UserError } from '../errors/index.js';
import { createLineFile, type LineFile } from '../files/index.js';
import { decodeImage, type RgbImage } from '../imagery/index.js';
import { createProgress } from '../progress/index.js';
import {
  type EncodedImage,
  type LoadedModel,
  type Question,
  resultName,
  type SegmentOptions,
} from '../segmentation/index.js';
import type { CommandIo } from './io.js';
import { recordOf, type SegmentRecord, writePictures } from './segmentResults.js';
import { createWarnings } from './segmentWarnings.js';

interface OpenedPicture {
  readonly image: RgbImage;
  readonly encoded: EncodedImage;
}

/** Opens the questions' pictures one after the other; null for one that cannot be read, which is reported once. */
function createOpener(model: LoadedModel, io: CommandIo): (question: Question) => Promise<OpenedPicture | null> {
  let current = null as { path: string; opened: OpenedPicture | null } | null;
  return async ({ image, path, bytes }) => {
    if (current?.path === path) return current.opened;
    current = { path, opened: null };
    try {
      const pixels = await decodeImage(bytes ?? path, { name: bytes ? 'standard input' : image });
      current = { path, opened: { image: pixels, encoded: await model.encode(pixels) } };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      io.stderr.write(`refersat: ${error.message}\n`);
    }
    return current.opened;
  };
}

async function openResults(folder: string): Promise<LineFile> {
  return createLineFile(resolve(folder, 'results.jsonl')).catch((error: Error) => {
    throw new UserError(`${folder}: results cannot be written there (${error.message}); choose another with --out`, {
      cause: error,
    });
  });
}

/**
 * Answers questions one after the other, writes each answer's files, and hands it to `onAnswer`. A picture that cannot be
 * read is reported and passed over; a stop keeps what is answered.
 * @param options.folder where results go; null writes none
 * @returns how many questions have no answer
 */
export async function answerQuestions(
  model: LoadedModel,
  questions: readonly Question[],
  options: SegmentOptions & {
    readonly folder: string | null;
    readonly onAnswer: (record: SegmentRecord, name: string) => void;
  },
  io: CommandIo,
): Promise<number> {
  const { folder, onAnswer, ...asked } = options;
  const open = createOpener(model, io);
  const warn = createWarnings(model, io);
  const taken = new Set<string>();
  const lines = folder === null ? null : await openResults(folder);
  const progress =
    questions.length > 3
      ? createProgress(io.stderr, { label: 'segmenting', total: questions.length, unit: 'sentences' })
      : null;
  let unanswered = 0;
  try {
    for (const question of questions) {
      io.signal.throwIfAborted();
      const opened = await open(question);
      if (opened) {
        const result = await opened.encoded.segment(question.sentence, { ...asked, signal: io.signal });
        warn(result);
        const name = resultName(question.image === '-' ? 'stdin' : question.image, question.sentence, taken);
        const record = recordOf(question.image, result);
        if (folder !== null) await writePictures(folder, name, opened.image, result);
        await lines?.write(record);
        onAnswer(record, name);
      } else unanswered++;
      progress?.tick();
    }
    progress?.finish();
  } finally {
    if (taken.size > 0) await lines?.commit();
    await lines?.discard();
  }
  return unanswered;
}
