import type { HostTensor, Runtime, RuntimeOptions } from '../engine/index.js';
import type { ModelConfig } from '../models/index.js';
import { type Device, providersOf } from '../runtimes/providers.js';
import type { WordList } from '../text/index.js';
import { loadCheckpoint } from '../weights/index.js';
import { createPictureOpener } from './askPicture.js';
import { checkLoadOptions, checkSentence, settingsOf } from './checkAsked.js';
import type { ImageSource } from './imageSource.js';
import { findModelFolder, modelName } from './modelFolder.js';
import { createPicturePredictor, type PicturePredictor } from './picturePredictor.js';
import type { Segmentation, SegmentOptions } from './segmentation.js';
import type { Reader } from './segmentImage.js';
import { createTurns } from './turns.js';

export interface LoadOptions {
  /** Threads of the runtime; the physical cores when left out. */
  readonly threads?: number;
  readonly device?: Device;
  /**
   * Takes numbers too small for full precision for 0, which is faster (docs/engine.md). Left out by default: it holds for
   * the whole process, and only where no session was made before. The commands do so.
   */
  readonly flushDenormals?: boolean;
  /** Another runtime than onnxruntime-node. */
  readonly runtime?: Runtime;
}

/** A picture that many sentences are asked of: decoded, cut, resized and seen by the first stage once. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  segment(sentence: string, options?: SegmentOptions): Promise<Segmentation>;
}

/**
 * A model in memory, ready to segment. Calls may overlap: they are answered one after the other. One whose signal fires
 * while it waits for others ends at once.
 */
export interface LoadedModel {
  readonly name: string;
  readonly config: ModelConfig;
  /** The words it was trained on, with their counts; null where its folder does not say. */
  readonly words: WordList | null;
  /**
   * Segments a picture by one sentence.
   * @throws UserError when the picture cannot be read or the sentence is empty, RangeError for a threshold outside of
   *   0 to 1, an unknown detail or number of views, TypeError for what is no picture or no sentence, the signal's reason
   *   when it is aborted, Error after `close`
   */
  segment(image: ImageSource, sentence: string, options?: SegmentOptions): Promise<Segmentation>;
  /** Segments a picture by several sentences, in their order. */
  segment(image: ImageSource, sentences: readonly string[], options?: SegmentOptions): Promise<Segmentation[]>;
  /**
   * Prepares a picture once for many sentences: decoding, cutting, resizing, and what the network sees before any word,
   * which in this family is the trunk's first stage, or the whole trunk of a model without language gates
   * (docs/models.md says what that saves). 256 MB of it are kept a picture.
   */
  encode(image: ImageSource): Promise<EncodedImage>;
  /**
   * Frees the model's memory once what was asked before is answered, a list of sentences to its end; later calls are
   * refused.
   */
  close(): Promise<void>;
}

/**
 * Loads a model: a shipped one by name, a checkpoint folder, or a run's folder.
 * @throws UserError when there is no such model, its files are broken, or the device cannot be used; RangeError for a
 *   device or a number of threads that there cannot be
 */
export async function loadModel(nameOrFolder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  checkLoadOptions(nameOrFolder, options);
  const folder = findModelFolder(nameOrFolder);
  const { model, tokenizer, seenWords, weights } = await loadCheckpoint(folder);
  const runtime = options.runtime ?? (await import('../runtimes/onnxruntimeNode.js')).onnxruntimeNode;
  const device = options.device ?? 'cpu';
  const session: RuntimeOptions = {
    threads: options.threads,
    providers: providersOf(device),
    flushDenormals: options.flushDenormals,
  };
  // Several sentences a run are no faster on a CPU than one after the other, and differ in the last bits: batch 1.
  const predictor = await createPicturePredictor(model, {
    weights: weights as ReadonlyMap<string, HostTensor>,
    runtime,
    session,
  });
  return wrapModel(modelName(folder), { model, tokenizer, seenWords }, predictor);
}

/** A model around its predictor. The weights stay out of it: the session has its own, which `close` frees. */
function wrapModel(name: string, reader: Reader, predictor: PicturePredictor): LoadedModel {
  const { config } = reader.model;
  let closing: Promise<void> | null = null;
  /** One run at a time: a session's memory is for one picture, and its threads are all the cores. */
  const { inTurn, idle } = createTurns();
  /** Calls that are not answered yet: `close` waits for them, whatever they still have to ask of the session. */
  const calls = new Set<Promise<unknown>>();
  const call = <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closing) return Promise.reject(new Error(`the model ${name} was closed; load it again`));
    const result = work();
    const ended: Promise<unknown> = result.catch(() => undefined).finally(() => calls.delete(ended));
    calls.add(ended);
    return result;
  };

  const openPicture = createPictureOpener(name, reader, predictor, inTurn);

  async function segment(image: ImageSource, sentence: string, options?: SegmentOptions): Promise<Segmentation>;
  async function segment(
    image: ImageSource,
    sentences: readonly string[],
    options?: SegmentOptions,
  ): Promise<Segmentation[]>;
  async function segment(
    image: ImageSource,
    sentences: string | readonly string[],
    options: SegmentOptions = {},
  ): Promise<Segmentation | Segmentation[]> {
    return call(async () => {
      settingsOf(options).signal?.throwIfAborted();
      const list = Array.isArray(sentences) ? (sentences as readonly string[]) : null;
      for (const sentence of list ?? [sentences]) checkSentence(sentence);
      const { ask } = await openPicture(image);
      if (!list) return ask(sentences as string, options);
      const answers: Segmentation[] = [];
      for (const sentence of list) answers.push(await ask(sentence, options));
      return answers;
    });
  }

  return {
    name,
    config,
    words: reader.seenWords,
    segment,
    encode: (source) =>
      call(async () => {
        const { image, ask } = await openPicture(source);
        return {
          width: image.width,
          height: image.height,
          segment: (sentence, options = {}) => call(() => ask(sentence, options)),
        };
      }),
    close() {
      // What an aborted call left in the queue is over, but the run before it may not be.
      closing ??= Promise.all(calls)
        .then(idle)
        .then(() => predictor.release());
      return closing;
    },
  };
}
