import { basename } from 'node:path';
import type { HostTensor, Runtime, RuntimeOptions } from '../engine/index.js';
import { decodeImage, type RgbImage } from '../imagery/index.js';
import { type MaskPolygon, polygonsFromRle, type Rle, rleArea, rleBox, rleToString } from '../masks/index.js';
import type { ModelConfig } from '../models/index.js';
import type { WordList } from '../text/index.js';
import { type Checkpoint, loadCheckpoint } from '../weights/index.js';
import { findModelFolder } from './modelFolder.js';
import { createPredictor, type Predictor } from './predictor.js';
import { type PreparedImage, prepareImage, segmentPrepared } from './segmentImage.js';

export interface LoadOptions {
  /** Threads of the runtime; all cores when left out. */
  readonly threads?: number;
  readonly device?: 'cpu' | 'cuda' | 'webgpu';
  /** Another runtime than onnxruntime-node. */
  readonly runtime?: Runtime;
}

export interface SegmentOptions {
  /** Probability from which a pixel is object; 0.5 by default. */
  readonly threshold?: number;
  /** Probability of a target below which the answer is "nothing"; 0.5 by default. */
  readonly existsThreshold?: number;
  /** `whole` resizes the picture to the model's input, `tiles` keeps its detail by overlapping windows; `auto` decides. */
  readonly detail?: 'auto' | 'whole' | 'tiles';
  readonly signal?: AbortSignal;
}

/** The answer to one sentence. */
export interface Segmentation {
  readonly sentence: string;
  /** Whether there is a target. */
  readonly found: boolean;
  /** Probability that there is one. */
  readonly score: number;
  /** Pixels of the mask. */
  readonly area: number;
  /** x, y, width, height in pixels; null when nothing was found. */
  readonly box: readonly [number, number, number, number] | null;
  /** The mask as COCO's compressed run-length text, `size` being [height, width]. */
  readonly rle: { readonly size: readonly [number, number]; readonly counts: string };
  /** The mask at the picture's own size. */
  readonly mask: Rle;
  /** Outlines along pixel edges, outer ones with their holes. */
  polygons(): MaskPolygon[];
  /** Words that the model was never trained on: "not there" and "not understood" differ. */
  readonly unknownWords: readonly string[];
  /** Whether the sentence was longer than the model reads. */
  readonly truncated: boolean;
  readonly milliseconds: number;
  /** Name of the model. */
  readonly model: string;
}

/** A picture that many sentences are asked of: decoded, cut, resized and normalised once. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  segment(sentence: string, options?: SegmentOptions): Promise<Segmentation>;
}

/** A model in memory, ready to segment. */
export interface LoadedModel {
  readonly name: string;
  readonly config: ModelConfig;
  /** The words it was trained on, with their counts; null where its folder does not say. */
  readonly words: WordList | null;
  /** Segments a picture (path, file bytes or pixels) by one sentence. */
  segment(image: string | Uint8Array | RgbImage, sentence: string, options?: SegmentOptions): Promise<Segmentation>;
  /** Segments a picture by several sentences. */
  segment(
    image: string | Uint8Array | RgbImage,
    sentences: readonly string[],
    options?: SegmentOptions,
  ): Promise<Segmentation[]>;
  /**
   * Prepares a picture once for many sentences. In this family the words enter at the first stage, so only decoding,
   * cutting, resizing and normalising are saved, and no part of the network.
   */
  encode(image: string | Uint8Array | RgbImage): Promise<EncodedImage>;
  /** Frees the model's memory; later calls are refused. */
  close(): Promise<void>;
}

/** Side, in inputs of the model, above which `auto` keeps detail by windows. */
const largestWholeRatio = 3;

/**
 * Loads a model: a shipped one by name, a checkpoint folder, or a run's folder.
 * @throws UserError when there is no such model, its files are broken, or the device cannot be used
 */
export async function loadModel(nameOrFolder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const folder = findModelFolder(nameOrFolder);
  const checkpoint = await loadCheckpoint(folder);
  const runtime = options.runtime ?? (await import('../runtimes/onnxruntimeNode.js')).onnxruntimeNode;
  const device = options.device ?? 'cpu';
  const session: RuntimeOptions = {
    threads: options.threads,
    providers: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
  };
  const weights = new Map<string, HostTensor>(checkpoint.weights);
  const predictor = await createPredictor(checkpoint.model, { weights, runtime, batch: 1, session });
  return wrapModel(basename(nameOrFolder), checkpoint, predictor);
}

function wrapModel(name: string, checkpoint: Checkpoint, predictor: Predictor): LoadedModel {
  const { config } = checkpoint.model;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();
  /** One run at a time: a session's memory is for one picture, and its threads are all the cores. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };

  const answer = async (
    image: RgbImage,
    prepared: Map<number | null, PreparedImage>,
    sentence: string,
    options: SegmentOptions,
  ): Promise<Segmentation> => {
    const { threshold = 0.5, existsThreshold = 0.5, detail = 'auto', signal } = options;
    const isLarge = Math.max(image.width, image.height) > largestWholeRatio * config.imageSizePx;
    const tilePx = detail === 'tiles' || (detail === 'auto' && isLarge) ? config.imageSizePx * 2 : null;
    const started = performance.now();
    let ready = prepared.get(tilePx);
    if (!ready) {
      ready = prepareImage(image, { sizePx: config.imageSizePx, pixels: config.pixels, tilePx });
      prepared.set(tilePx, ready);
    }
    const raw = await segmentPrepared(checkpoint, predictor, ready, sentence, {
      threshold,
      existsThreshold,
      tilePx,
      signal,
    });
    const { mask } = raw;
    return {
      sentence,
      found: raw.found,
      score: raw.score,
      area: rleArea(mask),
      box: raw.found ? rleBox(mask) : null,
      rle: { size: [mask.height, mask.width], counts: rleToString(mask) },
      mask,
      polygons: () => polygonsFromRle(mask),
      unknownWords: raw.unknownWords,
      truncated: raw.truncated,
      milliseconds: performance.now() - started,
      model: name,
    };
  };

  const encode = async (source: string | Uint8Array | RgbImage): Promise<EncodedImage> => {
    if (closed) throw new Error(`the model ${name} was closed; load it again`);
    const image = typeof source === 'string' || source instanceof Uint8Array ? await decodeImage(source) : source;
    const prepared = new Map<number | null, PreparedImage>();
    return {
      width: image.width,
      height: image.height,
      segment: (sentence, options = {}) => {
        if (closed) throw new Error(`the model ${name} was closed; load it again`);
        return inTurn(() => answer(image, prepared, sentence, options));
      },
    };
  };

  async function segment(
    image: string | Uint8Array | RgbImage,
    sentence: string,
    options?: SegmentOptions,
  ): Promise<Segmentation>;
  async function segment(
    image: string | Uint8Array | RgbImage,
    sentences: readonly string[],
    options?: SegmentOptions,
  ): Promise<Segmentation[]>;
  async function segment(
    image: string | Uint8Array | RgbImage,
    sentences: string | readonly string[],
    options: SegmentOptions = {},
  ): Promise<Segmentation | Segmentation[]> {
    const encoded = await encode(image);
    if (typeof sentences === 'string') return encoded.segment(sentences, options);
    const answers: Segmentation[] = [];
    for (const sentence of sentences) answers.push(await encoded.segment(sentence, options));
    return answers;
  }

  return {
    name,
    config,
    words: checkpoint.seenWords,
    segment,
    encode,
    async close() {
      if (closed) return;
      closed = true;
      await queue;
      await predictor.release();
    },
  };
}
