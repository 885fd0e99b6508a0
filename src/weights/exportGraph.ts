import {
  cast,
  concat,
  constant,
  createScope,
  type Declarations,
  div,
  greater,
  input,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  type Value,
} from '../engine/index.js';
import { buildModel, imageNet } from '../models/index.js';
import { encodeSentence, tokenizerToJson } from '../text/index.js';
import type { Checkpoint } from './checkpoint.js';

/** What an ONNX file is made of beside the weights. */
export interface ExportGraph {
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
  readonly declared: Declarations;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The model as it is: `image` normalised, `ids`, `mask`; `logits` and, with a no-target head, `exists`. */
export function languageGraph({ model, tokenizer }: Checkpoint, sizePx: number): ExportGraph {
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
export function sentenceGraph(checkpoint: Checkpoint, sizePx: number, sentence: string, gsdM: number): ExportGraph {
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
