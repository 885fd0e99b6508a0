import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError, UserError } from '../errors/index.js';
import type { Question } from '../segmentation/index.js';
import type { CommandIo } from './io.js';

async function readStandardInput(io: CommandIo): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of io.stdin) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}

/** Refuses sentences that are none: empty ones, and pictures that an unquoted pattern of the shell became. */
async function checkSentences(
  sentences: readonly string[],
  isPictureName: (path: string) => boolean,
  io: CommandIo,
): Promise<void> {
  const { emptySentenceProblem, isEmptySentence } = await import('../text/index.js');
  for (const sentence of sentences) {
    if (isEmptySentence(sentence)) throw new UsageError(emptySentenceProblem);
    if (isPictureName(sentence) && existsSync(resolve(io.workingFolder, sentence))) {
      throw new UsageError(
        `${sentence} is a picture, where a sentence is expected; for several pictures name their folder, or put the pattern in quotes: refersat segment "tiles/*.png" "the red car"`,
      );
    }
  }
}

/**
 * All questions that the arguments ask: pictures times sentences, or the lines of a list. `-` is standard input: the
 * file of one picture when there are sentences, else a list.
 */
export async function collectQuestions(
  image: string,
  sentences: readonly string[],
  io: CommandIo,
): Promise<Question[]> {
  const { findPictures, isPictureName, isQuestionList, parseQuestions } = await import('../segmentation/index.js');
  const { pictureFormat } = await import('../imagery/index.js');
  await checkSentences(sentences, isPictureName, io);
  if (image === '-') {
    const bytes = await readStandardInput(io);
    if (sentences.length > 0) return sentences.map((sentence) => ({ image, path: image, bytes, sentence }));
    const format = pictureFormat(bytes);
    if (format !== null) {
      throw new UsageError(
        `standard input is a picture (${format}), and the sentence is missing: refersat segment - "the red car"`,
      );
    }
    return parseQuestions(new TextDecoder().decode(bytes), 'standard input', io.workingFolder);
  }
  if (isQuestionList(image)) {
    if (sentences.length > 0) {
      throw new UsageError(`${image} brings its own sentences: leave out ${JSON.stringify(sentences[0])}`);
    }
    const path = resolve(io.workingFolder, image);
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw new UserError(`${image}: cannot be read (${error.message})`, { cause: error });
    });
    return parseQuestions(text, image, dirname(path));
  }
  if (sentences.length === 0) {
    throw new UsageError(
      `a picture needs a sentence: refersat segment ${image} "the red car"; or give a CSV or JSONL file of both`,
    );
  }
  const pictures = await findPictures(image, io.workingFolder);
  return pictures.flatMap((picture) => sentences.map((sentence) => ({ ...picture, sentence })));
}
