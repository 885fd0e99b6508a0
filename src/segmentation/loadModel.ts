import type { HostTensor, Runtime, RuntimeOptions } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { decodeImage, type RgbImage } from '../imagery/index.js';
import { polygonsFromRle, rleArea, rleBox, rleToString } from '../masks/index.js';
import type { ModelConfig } from '../models/index.js';
import { providersOf } from '../runtimes/providers.js';
import { isEmptySentence, type WordList } from '../text/index.js';
import { loadCheckpoint } from '../weights/index.js';
import { windowSidePx } from './detail.js';
import { findModelFolder, modelName } from './modelFolder.js';
import { createPicturePredictor, type PicturePredictor } from './picturePredictor.js';
import { type PreparedImage, prepareImage } from './preparedImage.js';
import type { Segmentation, SegmentOptions } from './segmentation.js';
import { type Reader, type SegmentSettings, segmentPrepared } from './segmentImage.js';

export interface LoadOptions {
  /** Threads of the runtime; the physical cores when left out. */
  readonly threads?: number;
  readonly device?: 'cpu' | 'cuda' | 'webgpu';
  /** Another runtime than onnxruntime-node. */
  readonly runtime?: Runtime;
}

/** A picture: a path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | RgbImage;

/** A picture that many sentences are asked of: decoded, cut, resized and seen by the first stage once. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  segment(sentence: string, options?: SegmentOptions): Promise<Segmentation>;
}

/** A model in memory, ready to segment. Calls may overlap: they are answered one after the other. */
export interface LoadedModel {
  readonly name: string;
  readonly config: ModelConfig;
  /** The words it was trained on, with their counts; null where its folder does not say. */
  readonly words: WordList | null;
  /**
   * Segments a picture by one sentence.
   * @throws UserError when the picture cannot be read or the sentence is empty, RangeError for a threshold outside of
   *   0 to 1, the signal's reason when it is aborted, Error after `close`
   */
  segment(image: ImageSource, sentence: string, options?: SegmentOptions): Promise<Segmentation>;
  /** Segments a picture by several sentences, in their order. */
  segment(image: ImageSource, sentences: readonly string[], options?: SegmentOptions): Promise<Segmentation[]>;
  /**
   * Prepares a picture once for many sentences: decoding, cutting, resizing, and what the network sees before any word,
   * which in this family is the trunk's first stage (docs/models.md says what that saves). 256 MB of it are kept a
   * picture.
   */
  encode(image: ImageSource): Promise<EncodedImage>;
  /** Frees the model's memory once what was asked before is answered; later calls are refused. */
  close(): Promise<void>;
}

/**
 * Loads a model: a shipped one by name, a checkpoint folder, or a run's folder.
 * @throws UserError when there is no such model, its files are broken, or the device cannot be used
 */
export async function loadModel(nameOrFolder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const folder = findModelFolder(nameOrFolder);
  const { model, tokenizer, seenWords, weights } = await loadCheckpoint(folder);
  const runtime = options.runtime ?? (await import('../runtimes/onnxruntimeNode.js')).onnxruntimeNode;
  const device = options.device ?? 'cpu';
  const session: RuntimeOptions = {
    threads: options.threads,
    providers: providersOf(device),
  };
  // Several sentences a run are no faster on a CPU than one after the other, and differ in the last bits: batch 1.
  const predictor = await createPicturePredictor(model, {
    weights: weights as ReadonlyMap<string, HostTensor>,
    runtime,
    session,
  });
  return wrapModel(modelName(folder), { model, tokenizer, seenWords }, predictor);
}

function checkPixels({ width, height, data }: RgbImage): void {
  if (width * height === 0 || data.length !== width * height * 3) {
    throw new RangeError(`image of ${width} x ${height} pixels: ${data.length} bytes; expected ${width * height * 3}`);
  }
}

/** Defaults filled in, values checked. */
function settingsOf({ threshold = 0.5, existsThreshold = 0.5, signal }: SegmentOptions): SegmentSettings {
  for (const [name, value] of Object.entries({ threshold, existsThreshold })) {
    if (!(value > 0 && value < 1)) throw new RangeError(`${name} ${value}: expected a probability between 0 and 1`);
  }
  return { threshold, existsThreshold, signal };
}

/** A model around its predictor. The weights stay out of it: the session has its own, which `close` frees. */
function wrapModel(name: string, reader: Reader, predictor: PicturePredictor): LoadedModel {
  const { config } = reader.model;
  let closing: Promise<void> | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  /** One run at a time: a session's memory is for one picture, and its threads are all the cores. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const checkOpen = (): void => {
    if (closing) throw new Error(`the model ${name} was closed; load it again`);
  };

  const answer = async (
    image: RgbImage,
    prepared: Map<number | null, PreparedImage>,
    sentence: string,
    options: SegmentOptions,
  ): Promise<Segmentation> => {
    const settings = settingsOf(options);
    if (isEmptySentence(sentence)) throw new UserError('the sentence is empty; say what to find: "the red car"');
    options.signal?.throwIfAborted();
    const started = performance.now();
    const { imageSizePx: sizePx, pixels } = config;
    const windowPx = windowSidePx(image, sentence, options.detail ?? 'auto', sizePx);
    const ready = prepared.get(windowPx) ?? prepareImage(image, { pixels, windowPx, predictor });
    prepared.set(windowPx, ready);
    const { mask, found, score, unknownWords, truncated } = await segmentPrepared(
      reader,
      predictor,
      ready,
      sentence,
      settings,
    );
    let polygons: Segmentation['polygons'] | null = null;
    return {
      sentence,
      found,
      score,
      area: rleArea(mask),
      box: found ? rleBox(mask) : null,
      rle: { size: [mask.height, mask.width], counts: rleToString(mask) },
      mask,
      get polygons() {
        polygons ??= polygonsFromRle(mask);
        return polygons;
      },
      unknownWords,
      truncated,
      windows: ready.windows.length,
      milliseconds: performance.now() - started,
      model: name,
    };
  };

  const encode = async (source: ImageSource): Promise<EncodedImage> => {
    checkOpen();
    const image = typeof source === 'string' || source instanceof Uint8Array ? await decodeImage(source) : source;
    checkPixels(image);
    const prepared = new Map<number | null, PreparedImage>();
    return {
      width: image.width,
      height: image.height,
      async segment(sentence, options = {}) {
        checkOpen();
        return inTurn(() => answer(image, prepared, sentence, options));
      },
    };
  };

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
    options.signal?.throwIfAborted();
    const encoded = await encode(image);
    if (typeof sentences === 'string') return encoded.segment(sentences, options);
    const answers: Segmentation[] = [];
    for (const sentence of sentences) answers.push(await encoded.segment(sentence, options));
    return answers;
  }

  return {
    name,
    config,
    words: reader.seenWords,
    segment,
    encode,
    close() {
      closing ??= queue.then(() => predictor.release());
      return closing;
    },
  };
}
