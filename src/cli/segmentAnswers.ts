import { resolve } from 'node:path';
import { UserError } from '../errors/index.js';
import { explainFullDisk } from '../files/index.js';
import { decodeImage, type RgbImage } from '../imagery/index.js';
import { createProgress, writeLine } from '../progress/index.js';
import {
  answersFile,
  type EncodedImage,
  type LoadedModel,
  type Question,
  readEarlierAnswers,
  type SegmentOptions,
} from '../segmentation/index.js';
import type { CommandIo } from './io.js';
import { type AnswersFile, openAnswersFile } from './segmentAnswersFile.js';
import { createNaming } from './segmentNames.js';
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
      const pixels = await decodeImage(bytes ?? path, {
        name: bytes ? 'standard input' : image,
        onDamage: (message) => writeLine(io.stderr, `warning: ${message}`),
      });
      current = { path, opened: { image: pixels, encoded: await model.encode(pixels) } };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      writeLine(io.stderr, `refersat: ${error.message}`);
    }
    return current.opened;
  };
}

/** Runs a piece of writing, and says what it means when the file system fails. */
async function writing<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || !('syscall' in error)) throw error;
    const kept = `what is in ${answersFile} is whole; free some space, or choose another folder with --out`;
    const explained = explainFullDisk(error, folder, kept);
    if (explained !== error) throw explained;
    throw new UserError(`${folder}: results cannot be written there (${error.message}); choose another with --out`, {
      cause: error,
    });
  }
}

/** Where answers go: their names, and the file of their lines (null writes none). */
async function openResults(
  folder: string | null,
  io: CommandIo,
): Promise<{ nameOf: ReturnType<typeof createNaming>; lines: AnswersFile | null }> {
  if (folder === null) return { nameOf: createNaming([], io.workingFolder), lines: null };
  const path = resolve(folder, answersFile);
  const earlier = await readEarlierAnswers(path).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}. Move it away, or choose another folder with --out`, { cause: error });
  });
  const lines = await writing(folder, () => openAnswersFile(path, earlier));
  return { nameOf: createNaming(earlier, io.workingFolder), lines };
}

/**
 * Answers questions one after the other, writes each answer's files, and hands it to `onAnswer`. A picture that cannot be
 * read is reported and passed over; a stop keeps what is answered. The answers of earlier runs stay, but for those to the
 * same pictures and sentences.
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
  const { nameOf, lines } = await openResults(folder, io);
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
        const name = nameOf(question);
        const record = recordOf(question.image, result);
        if (folder !== null && lines !== null) {
          await writing(folder, async () => {
            await writePictures(folder, name, opened.image, result);
            await lines.write(record, name);
          });
        }
        onAnswer(record, name);
      } else unanswered++;
      progress?.tick();
    }
    progress?.finish();
  } finally {
    if (folder !== null && lines !== null) {
      await writing(folder, () => lines.commit()).finally(() => lines.discard());
    }
  }
  return unanswered;
}
