import {
  type CompiledFunction,
  compile,
  floatTensor,
  type HostTensor,
  integerTensor,
  type Runtime,
  type RuntimeOptions,
  reshape,
  type SessionTensor,
  type Value,
} from '../engine/index.js';
import { buildModel, foregroundMargin, type ModelOutputs, type ReferringModel } from '../models/index.js';

/** What a model says of a batch. */
export interface Prediction {
  /** Object minus background logits [B, h, w], at the decoder's size (a quarter or half of the input's): above 0 is object. */
  readonly margins: Float32Array;
  readonly marginHeight: number;
  readonly marginWidth: number;
  /** How the margins are enlarged to the picture. */
  readonly alignCorners: boolean;
  /** Logit of "there is a target" [B]; null for a model without that head. */
  readonly exists: Float32Array | null;
}

/** A model's forward pass, compiled for a batch size. */
export interface Predictor {
  readonly batch: number;
  readonly sizePx: number;
  /**
   * @param images float32 [B, 3, S, S], normalised
   * @param ids [B, L] token ids
   * @param wordMask [B, L]
   */
  predict(
    images: Float32Array,
    ids: ArrayLike<number>,
    wordMask: Float32Array,
    signal?: AbortSignal,
  ): Promise<Prediction>;
  release(): Promise<void>;
}

/** What is fetched of a model's outputs for a prediction, and the prediction that the fetched values are. */
export function predictionOf({ decoder, exists, alignCorners }: ModelOutputs): {
  readonly wanted: Record<string, Value>;
  read(results: Readonly<Record<string, SessionTensor>>): Prediction;
} {
  const [batch, , marginHeight, marginWidth] = decoder.shape;
  const difference = foregroundMargin(decoder);
  const wanted: Record<string, Value> = { margins: reshape(difference, [batch, marginHeight, marginWidth]) };
  if (exists) wanted.exists = reshape(exists, [batch]);
  const numbers = (result: SessionTensor): Float32Array => (result as HostTensor).data as Float32Array;
  return {
    wanted,
    read: (results) => ({
      margins: numbers(results.margins),
      marginHeight,
      marginWidth,
      alignCorners,
      exists: results.exists ? numbers(results.exists) : null,
    }),
  };
}

/**
 * Compiles a model for inference.
 * @param options.weights parameters and buffers; read at every run when `live` (training changes them), else they
 *   become constants of the graph, which is faster
 */
export async function createPredictor(
  model: ReferringModel,
  options: {
    weights: ReadonlyMap<string, HostTensor>;
    runtime: Runtime;
    batch: number;
    live?: boolean;
    session?: RuntimeOptions;
    sizePx?: number;
  },
): Promise<Predictor> {
  const { batch, weights, live = false } = options;
  const sizePx = options.sizePx ?? model.config.imageSizePx;
  const { maxWords } = model.config;
  const { outputs } = buildModel(model, { batch, training: false, heightPx: sizePx, widthPx: sizePx });
  const { wanted, read } = predictionOf(outputs);
  const compiled: CompiledFunction = await compile(wanted, {
    runtime: options.runtime,
    session: options.session,
    ...(live ? {} : { weights }),
  });
  const fixed: Record<string, HostTensor> = {};
  for (const [name, { role }] of compiled.inputs) {
    const tensor = role === 'parameter' || role === 'buffer' ? weights.get(name) : undefined;
    if (tensor) fixed[name] = tensor;
  }
  return {
    batch,
    sizePx,
    async predict(images, ids, wordMask, signal) {
      const feeds: Record<string, HostTensor> = {
        ...fixed,
        image: floatTensor(images, [batch, 3, sizePx, sizePx]),
        ids: integerTensor(ids, [batch, maxWords]),
      };
      feeds.mask = floatTensor(wordMask, [batch, maxWords]);
      return read(await compiled.run(feeds, { signal }));
    },
    release: () => compiled.release(),
  };
}
