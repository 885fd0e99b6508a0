import { open, rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  cast,
  concat,
  constant,
  createScope,
  type Declarations,
  div,
  type ExternalLocation,
  greater,
  type HostTensor,
  input,
  mul,
  type Runtime,
  reshape,
  type SmallWeight,
  serialize,
  slice,
  softmax,
  sub,
  type Value,
} from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { temporaryName, writeFileAtomic } from '../files/index.js';
import { buildModel } from '../models/index.js';
import { bytesOfTensor, type Tensor } from '../tensors/index.js';
import { encodeSentence, tokenizerToJson } from '../text/index.js';
import type { Checkpoint } from './checkpoint.js';
import { compareLogits, type Deviation, drawProbes, feedsOf, type Probe } from './deviation.js';
import { writeBytes } from './fileBytes.js';
import { scaleSuffix } from './quantised.js';
import { type ShrunkForm, shrinkTensor } from './shrinkCheckpoint.js';

/** Mean and deviation of ImageNet's pixels from 0 to 1: red, green, blue. */
const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

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

interface ExportGraph {
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
  readonly declared: Declarations;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The model as it is: `image` normalised, `ids`, `mask`; `logits` and, with a no-target head, `exists`. */
function languageGraph({ model, tokenizer }: Checkpoint, sizePx: number): ExportGraph {
  const built = buildModel(model, { batch: 1, training: false, heightPx: sizePx, widthPx: sizePx });
  const { logits, exists } = built.outputs;
  const { image, ids, mask } = built.inputs;
  const normalisation = model.config.pixels === 'imagenet' ? imageNet : { mean: [0, 0, 0], deviation: [1, 1, 1] };
  return {
    inputs: [image, ids, mask],
    outputs: { logits, ...(exists ? { exists } : {}) },
    declared: built.declared,
    metadata: {
      'refersat.config': JSON.stringify(model.config),
      'refersat.normalisation': JSON.stringify({ pixels: 'RGB from 0 to 1', ...normalisation }),
      'refersat.tokenizer': tokenizerToJson(tokenizer),
    },
  };
}

/**
 * A picture-to-mask model of one sentence: `image` [1, 3, S, S] RGB from 0 to 1, `classes` [1, 2, S, S] the
 * probabilities of background and object; a picture that the no-target head finds nothing in is all background.
 * Metadata: the keys that the QGIS plugin Deepness reads.
 */
function sentenceGraph(checkpoint: Checkpoint, sizePx: number, sentence: string, gsdM: number): ExportGraph {
  const { model, tokenizer } = checkpoint;
  const { config } = model;
  const scope = createScope({ training: false });
  const image = input('image', [1, 3, sizePx, sizePx]);
  const perChannel = (values: readonly number[]): Value => constant([...values], [1, 3, 1, 1]);
  const normalised =
    config.pixels === 'imagenet' ? div(sub(image, perChannel(imageNet.mean)), perChannel(imageNet.deviation)) : image;
  const encoded = encodeSentence(tokenizer, sentence, config.maxWords);
  const { logits, exists } = model.build(scope, {
    image: normalised,
    ids: constant(encoded.ids, [1, config.maxWords], 'int64'),
    mask: constant(Float32Array.from(encoded.mask), [1, config.maxWords]),
  });
  const probabilities = softmax(logits, 1); // [1, 2, S, S]
  let classes = probabilities;
  if (exists) {
    const found = cast(greater(reshape(exists, [1, 1, 1, 1]), 0), 'float32');
    const object = mul(slice(probabilities, 1, 1, 1), found);
    classes = concat([sub(1, object), object], 1);
  }
  return {
    inputs: [image],
    outputs: { classes },
    declared: scope.declared,
    metadata: {
      model_type: JSON.stringify('Segmentor'),
      class_names: JSON.stringify({ 0: 'background', 1: sentence }),
      resolution: JSON.stringify(Math.round(gsdM * 1e4) / 100),
      tiles_size: JSON.stringify(sizePx),
      tiles_overlap: JSON.stringify(25),
      seg_thresh: JSON.stringify(0.5),
      seg_small_segment: JSON.stringify(0),
      'refersat.config': JSON.stringify(config),
      // Mean and deviation are in the graph, so none are left for whoever feeds it.
      'refersat.normalisation': JSON.stringify({ pixels: 'RGB from 0 to 1', mean: [0, 0, 0], deviation: [1, 1, 1] }),
      'refersat.sentence': sentence,
    },
  };
}

/** One weight as it goes into the file. */
interface StoredParts {
  readonly bytes: Uint8Array;
  readonly small: ((content: Uint8Array | ExternalLocation) => SmallWeight) | null;
}

function storedParts(name: string, { shape, data }: HostTensor, as: ShrunkForm | undefined): StoredParts {
  const floats = data as Float32Array;
  const plain = { bytes: new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), small: null };
  if (!as) return plain;
  const tensors = shrinkTensor(as, name, shape, floats);
  const tensor = tensors.get(name) as Tensor;
  if (tensor.dtype === 'F16') {
    return { bytes: bytesOfTensor(tensor), small: (content) => ({ type: 'float16', content }) };
  }
  if (tensor.dtype !== 'I8') return plain;
  const { data: factors } = tensors.get(name + scaleSuffix) as Tensor<'F32'>;
  return { bytes: bytesOfTensor(tensor), small: (content) => ({ type: 'int8', content, factors }) };
}

/** Weights' places in a file beside the graph start at multiples of this, so that they can be mapped into memory. */
const alignment = 64;

/** Writes the weights one after another and gives the graph that reads them from there. */
async function writeBeside(
  path: string,
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  as: ShrunkForm | undefined,
): Promise<{ model: Uint8Array; bytes: number }> {
  const file = `${path}.data`;
  const temporary = temporaryName(file);
  const externalWeights = new Map<string, ExternalLocation>();
  const smallWeights = new Map<string, SmallWeight>();
  let offset = 0;
  try {
    const handle = await open(temporary, 'w');
    try {
      for (const [name, weight] of weights) {
        const { bytes, small } = storedParts(name, weight, as);
        const location = { file: basename(file), offset, length: bytes.byteLength };
        if (small) smallWeights.set(name, small(location));
        else externalWeights.set(name, location);
        await writeBytes(handle, offset, bytes);
        offset = Math.ceil((offset + bytes.byteLength) / alignment) * alignment;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const { model } = serialize(graph.outputs, { externalWeights, smallWeights, metadata: graph.metadata });
    await rename(temporary, file);
    return { model, bytes: offset };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function serialiseInside(
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  as: ShrunkForm | undefined,
): Uint8Array {
  const whole = new Map<string, HostTensor>();
  const smallWeights = new Map<string, SmallWeight>();
  for (const [name, weight] of weights) {
    const { bytes, small } = storedParts(name, weight, as);
    if (small) smallWeights.set(name, small(bytes));
    else whole.set(name, weight);
  }
  return serialize(graph.outputs, { weights: whole, smallWeights, metadata: graph.metadata }).model;
}

/** Runs a graph (bytes or a file's path) for each probe and gives its first output. */
async function outputsOf(
  model: Uint8Array | string,
  output: string,
  feeds: readonly Record<string, HostTensor>[],
  runtime: Runtime,
): Promise<Float32Array[]> {
  const session = await runtime.createSession(model, {});
  try {
    const results: Float32Array[] = [];
    for (const feed of feeds) {
      const found = await session.run(feed, [output], {});
      results.push(Float32Array.from((found[output] as HostTensor).data as Float32Array));
    }
    return results;
  } finally {
    await session.release();
  }
}

/** The outputs of the float32 model; a large one passes through files beside `path` that are removed again. */
async function referenceOutputs(
  graph: ExportGraph,
  weights: ReadonlyMap<string, HostTensor>,
  path: string | null,
  output: string,
  feeds: readonly Record<string, HostTensor>[],
  runtime: Runtime,
): Promise<Float32Array[]> {
  if (path === null) return outputsOf(serialiseInside(graph, weights, undefined), output, feeds, runtime);
  const temporary = temporaryName(path);
  try {
    const { model } = await writeBeside(temporary, graph, weights, undefined);
    await writeFileAtomic(temporary, model);
    return await outputsOf(temporary, output, feeds, runtime);
  } finally {
    await rm(temporary, { force: true });
    await rm(`${temporary}.data`, { force: true });
  }
}

/**
 * Writes a model as an ONNX file that ONNX Runtime runs without refersat (opset 23; it uses FusedMatMul of
 * `com.microsoft`, which every build of ONNX Runtime has): the weights inside, or in `<path>.data` beside it.
 * @param path the `.onnx` file; an older one is replaced
 * @throws UserError when the size is no multiple of 32, or the written file gives what is not a number
 */
export async function exportOnnx(
  checkpoint: Checkpoint,
  path: string,
  options: OnnxExportOptions = {},
): Promise<OnnxExportReport> {
  const { model, tokenizer, seenWords } = checkpoint;
  const { as, sentence, gsdM = 0.3, sizePx = model.config.imageSizePx, runtime } = options;
  const { mostBytesInside = usualBytesInside } = options;
  if (sizePx % 32 !== 0) throw new UserError(`an input of ${sizePx} px: the side must be a multiple of 32`);
  const graph =
    sentence === undefined ? languageGraph(checkpoint, sizePx) : sentenceGraph(checkpoint, sizePx, sentence, gsdM);
  const used = new Set(serialize(graph.outputs).inputs.keys());
  const weights = new Map<string, HostTensor>([...checkpoint.weights].filter(([name]) => used.has(name)));

  const total = [...weights.values()].reduce((bytes, { data }) => bytes + data.byteLength, 0);
  const isLarge = total > mostBytesInside;
  const isBeside = options.external === true || isLarge;
  let bytes = 0;
  let file: Uint8Array;
  if (isBeside) {
    const written = await writeBeside(path, graph, weights, as);
    file = written.model;
    bytes = written.bytes;
  } else file = serialiseInside(graph, weights, as);
  await writeFileAtomic(path, file);

  let deviation: Deviation | null = null;
  if (runtime) {
    const sized = { ...model, config: { ...model.config, imageSizePx: sizePx } };
    const probes = options.probes ?? drawProbes(sized, checkpoint, 2);
    const feeds = probes.map((probe) => {
      const all = feedsOf(sized, probe);
      if (sentence === undefined) return all;
      // Probes are drawn around 0, as normalised pictures are.
      const data = Float32Array.from(probe.image, (value) => Math.min(1, Math.max(0, 0.5 + 0.25 * value)));
      return { image: { ...all.image, data } };
    });
    const output = sentence === undefined ? 'logits' : 'classes';
    const got = await outputsOf(path, output, feeds, runtime);
    const reference = as ? await referenceOutputs(graph, weights, isLarge ? path : null, output, feeds, runtime) : got;
    deviation = compareLogits(reference, got);
    if (!Number.isFinite(deviation.largest))
      throw new UserError(`${path}: the written model gives what is not a number; export it without --half or --int8`);
  }
  const encoded =
    sentence === undefined
      ? null
      : encodeSentence(tokenizer, sentence, model.config.maxWords, { seenWords: seenWords ?? undefined });
  const shapes = (values: Iterable<readonly [string, readonly number[]]>) => Object.fromEntries(values);
  const feeds = sentence === undefined ? ['image', 'ids', 'mask'] : ['image'];
  return {
    files: isBeside ? [path, `${path}.data`] : [path],
    bytes: bytes + file.byteLength,
    inputs: shapes(graph.inputs.map(({ shape }, index) => [feeds[index], shape] as const)),
    outputs: shapes(Object.entries(graph.outputs).map(([name, { shape }]) => [name, shape] as const)),
    deviation,
    unknownWords: encoded?.unknownWords ?? [],
    truncated: encoded?.truncated ?? false,
  };
}
