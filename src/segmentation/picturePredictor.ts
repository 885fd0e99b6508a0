import {
  compile,
  floatTensor,
  type HostTensor,
  input,
  integerTensor,
  type Runtime,
  type RuntimeOptions,
  type Value,
} from '../engine/index.js';
import { buildImagePart, buildModel, type ReferringModel } from '../models/index.js';
import { type Prediction, predictionOf } from './predictor.js';

/** What a model has seen of one picture before any word: inputs of the graph that answers sentences. */
export type PictureFeatures = ReadonlyMap<string, HostTensor>;

/**
 * A model's forward pass in two graphs, for pictures that several sentences are asked of: up to where the words come in,
 * and from there on.
 */
export interface PicturePredictor {
  readonly sizePx: number;
  /** @param image float32 [1, 3, S, S], normalised */
  encode(image: Float32Array, signal?: AbortSignal): Promise<PictureFeatures>;
  /**
   * @param ids [1, L] token ids
   * @param wordMask [1, L]
   */
  predict(
    features: PictureFeatures,
    ids: ArrayLike<number>,
    wordMask: Float32Array,
    signal?: AbortSignal,
  ): Promise<Prediction>;
  release(): Promise<void>;
}

/** Compiles both graphs of a model for one picture and one sentence at a time; the weights become their constants. */
export async function createPicturePredictor(
  model: ReferringModel,
  options: { weights: ReadonlyMap<string, HostTensor>; runtime: Runtime; session?: RuntimeOptions },
): Promise<PicturePredictor> {
  const { imageSizePx: sizePx, maxWords } = model.config;
  const { part } = buildImagePart(model, { batch: 1 });
  const stageName = (stage: number): string => `stage_${stage}`;
  const seen: Record<string, Value> = {
    ...Object.fromEntries(part.stages.map(({ tokens }, stage) => [stageName(stage), tokens])),
    ...(part.edges ? { edges: part.edges } : {}),
    ...(part.colours ? { colours: part.colours } : {}),
  };
  const asInput = (name: string, { shape }: Value): Value => input(name, shape);
  const { outputs } = buildModel(model, {
    batch: 1,
    training: false,
    part: {
      stages: part.stages.map((map, stage) => ({ ...map, tokens: asInput(stageName(stage), map.tokens) })),
      edges: part.edges && asInput('edges', part.edges),
      colours: part.colours && asInput('colours', part.colours),
    },
  });
  const { wanted, read } = predictionOf(outputs);
  const eyes = await compile(seen, options);
  const answer = await compile(wanted, options).catch(async (error: unknown) => {
    await eyes.release();
    throw error;
  });
  return {
    sizePx,
    async encode(image, signal) {
      const found = await eyes.run({ image: floatTensor(image, [1, 3, sizePx, sizePx]) }, { signal });
      return new Map(Object.entries(found as Record<string, HostTensor>));
    },
    async predict(features, ids, wordMask, signal) {
      const feeds: Record<string, HostTensor> = {
        ...Object.fromEntries(features),
        ids: integerTensor(ids, [1, maxWords]),
      };
      feeds.mask = floatTensor(wordMask, [1, maxWords]);
      return read(await answer.run(feeds, { signal }));
    },
    async release() {
      await Promise.all([eyes.release(), answer.release()]);
    },
  };
}
