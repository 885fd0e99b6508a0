import { mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type HostTensor, type Runtime, serialize } from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { explainWriting, refuseFolders, temporaryName, writeFileAtomic } from '../files/index.js';
import { emptySentenceProblem, encodeSentence, isEmptySentence } from '../text/index.js';
import type { Checkpoint } from './checkpoint.js';
import { type Deviation, drawProbes, feedsOf, type Probe, soundDeviation } from './deviation.js';
import { type ExportGraph, languageGraph, sentenceGraph } from './exportGraph.js';
import { serialiseInside, writeBeside } from './onnxFile.js';
import { placeExport } from './placeExport.js';
import type { ShrunkForm } from './shrinkCheckpoint.js';
import { checkWeightsAreNumbers } from './soundWeights.js';

/** A protobuf file ends at 2 GB; the rest is for the graph itself. */
const usualBytesInside = 1.9e9;

export interface OnnxExportOptions {
  /** Weights in half precision or int8; float32 when left out. They are widened when the model is loaded or run. */
  readonly as?: ShrunkForm;
  /** Bakes one sentence in: a plain picture-to-mask model. */
  readonly sentence?: string;
  /** Ground sample distance in metres that a sentence's model is meant for; written into its metadata. */
  readonly gsdM?: number;
  /** Side of the input; the model's own when left out. */
  readonly sizePx?: number;
  /** Writes the weights beside the graph however small they are. */
  readonly external?: boolean;
  /** Float32 bytes above which the weights are written beside the graph in any case; 1.9 GB, since protobuf ends at 2. */
  readonly mostBytesInside?: number;
  /** Runs the written file and compares it with the float32 model. */
  readonly runtime?: Runtime;
  readonly probes?: readonly Probe[];
  /** Ends the work at its next safe point: nothing is written then, and the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What an export wrote. */
export interface OnnxExportReport {
  /** The files, the graph first. */
  readonly files: readonly string[];
  readonly bytes: number;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Of `logits`, or of the probabilities of a model with a sentence; null when no runtime was given. */
  readonly deviation: Deviation | null;
  /** Of the sentence: words that the model was never trained on. */
  readonly unknownWords: readonly string[];
  readonly truncated: boolean;
}

interface RunOptions {
  readonly runtime: Runtime;
  readonly signal?: AbortSignal;
}

/** Runs a graph (bytes or a file's path) for each probe and gives its first output. */
async function outputsOf(
  model: Uint8Array | string,
  output: string,
  feeds: readonly Record<string, HostTensor>[],
  { runtime, signal }: RunOptions,
): Promise<Float32Array[]> {
  const session = await runtime.createSession(model, {});
  try {
    const results: Float32Array[] = [];
    for (const feed of feeds) {
      signal?.throwIfAborted();
      const found = await session.run(feed, [output], {});
      results.push(Float32Array.from((found[output] as HostTensor).data as Float32Array));
    }
    return results;
  } finally {
    await session.release();
  }
}

/** The outputs of the float32 model; a large one passes through files in `folder`, a temporary one. */
async function referenceOutputs(
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  folder: string | null,
  output: string,
  feeds: readonly Record<string, HostTensor>[],
  options: RunOptions,
): Promise<Float32Array[]> {
  if (folder === null) return outputsOf(serialiseInside(graph, weights, undefined), output, feeds, options);
  const path = join(folder, 'reference.onnx');
  const { model } = await writeBeside(path, graph, weights, undefined);
  await writeFileAtomic(path, model);
  return outputsOf(path, output, feeds, options);
}

/**
 * How far the outputs of a written file lie from the float32 model's.
 * @throws UserError when either gives what is not a number, naming the model or the form as the cause
 */
async function checkOutputs(
  written: string,
  { source, model, ...words }: Checkpoint,
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  options: OnnxExportOptions & { readonly sizePx: number; readonly runtime: Runtime; readonly isLarge: boolean },
): Promise<Deviation> {
  const { as, sentence, sizePx, isLarge } = options;
  const sized = { ...model, config: { ...model.config, imageSizePx: sizePx } };
  const probes = options.probes ?? drawProbes(sized, words, 2);
  const feeds = probes.map((probe) => {
    const all = feedsOf(sized, probe);
    if (sentence === undefined) return all;
    // Probes are drawn around 0, as normalised pictures are.
    const data = Float32Array.from(probe.image, (value) => Math.min(1, Math.max(0, 0.5 + 0.25 * value)));
    return { image: { ...all.image, data } };
  });
  const output = sentence === undefined ? 'logits' : 'classes';
  const got = await outputsOf(written, output, feeds, options);
  const folder = isLarge ? dirname(written) : null;
  const reference = as ? await referenceOutputs(graph, weights, folder, output, feeds, options) : got;
  return soundDeviation(reference, got, { source, as });
}

/**
 * Writes a model as an ONNX file that ONNX Runtime runs without refersat (opset 23; it uses FusedMatMul of
 * `com.microsoft`, which every build of ONNX Runtime has): the weights inside, or in `<path>.data` beside it.
 * @param path the `.onnx` file; an older one is replaced, with the weights beside it that it named. Folders are made
 * @throws UserError when the sentence is empty, the size is no multiple of 32, a folder has the file's name, the file cannot be
 *   written, or the model or the written file gives what is not a number; the signal's reason: then nothing is written, and an
 *   older file stays
 */
export async function exportOnnx(
  checkpoint: Checkpoint,
  path: string,
  options: OnnxExportOptions = {},
): Promise<OnnxExportReport> {
  const { model, tokenizer, seenWords } = checkpoint;
  const { as, sentence, gsdM = 0.3, sizePx = model.config.imageSizePx, runtime } = options;
  const { mostBytesInside = usualBytesInside } = options;
  if (sentence !== undefined && isEmptySentence(sentence)) throw new UserError(emptySentenceProblem);
  if (sizePx % 32 !== 0) throw new UserError(`an input of ${sizePx} px: the side must be a multiple of 32`);
  const graph =
    sentence === undefined ? languageGraph(checkpoint, sizePx) : sentenceGraph(checkpoint, sizePx, sentence, gsdM);
  const used = new Set(serialize(graph.outputs).inputs.keys());
  const weights = new Map<string, HostTensor>([...checkpoint.weights].filter(([name]) => used.has(name)));

  checkWeightsAreNumbers(checkpoint.source, weights, ', so nothing was written');
  const total = [...weights.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);
  const isLarge = total > mostBytesInside;
  const isBeside = options.external === true || isLarge;
  await refuseFolders(isBeside ? [path, `${path}.data`] : [path]);
  let bytes: number;
  let deviation: Deviation | null = null;
  // A folder beside the file: the graph names its weights by their final name, and is tried before anything is replaced.
  const temporary = temporaryName(path);
  try {
    await mkdir(temporary, { recursive: true });
    const written = join(temporary, basename(path));
    if (isBeside) {
      const beside = await writeBeside(written, graph, weights, as);
      await writeFileAtomic(written, beside.model);
      bytes = beside.bytes + beside.model.byteLength;
    } else {
      const file = serialiseInside(graph, weights, as);
      await writeFileAtomic(written, file);
      bytes = file.byteLength;
    }
    if (runtime) {
      const trial = { ...options, sizePx, runtime, isLarge };
      deviation = await checkOutputs(written, checkpoint, graph, weights, trial);
    }
    options.signal?.throwIfAborted();
    await placeExport(written, path, isBeside);
  } catch (error) {
    throw explainWriting(error, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  const encoded =
    sentence === undefined
      ? null
      : encodeSentence(tokenizer, sentence, model.config.maxWords, { seenWords: seenWords ?? undefined });
  const shapes = (values: Iterable<readonly [string, readonly number[]]>) => Object.fromEntries(values);
  const feeds = sentence === undefined ? ['image', 'ids', 'mask'] : ['image'];
  return {
    files: isBeside ? [path, `${path}.data`] : [path],
    bytes,
    inputs: shapes(graph.inputs.map(({ shape }, index) => [feeds[index], shape] as const)),
    outputs: shapes(Object.entries(graph.outputs).map(([name, { shape }]) => [name, shape] as const)),
    deviation,
    unknownWords: encoded?.unknownWords ?? [],
    truncated: encoded?.truncated ?? false,
  };
}
