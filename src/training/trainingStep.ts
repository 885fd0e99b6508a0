import {
  type CompiledFunction,
  compile,
  createScope,
  elementCount,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
  type RandomDeclaration,
  type Runtime,
  type RuntimeOptions,
} from '../engine/index.js';
import { UserError } from '../errors/index.js';
import { buildModel, type ReferringModel } from '../models/index.js';
import { createRandom } from '../random/index.js';
import { imageFromPixels } from './imageFromPixels.js';
import { type LossConfig, overlapCounts, segmentationLoss } from './segmentationLoss.js';

/** The numbers of a model: parameters, and buffers (running statistics), by name. */
export interface ModelWeights {
  readonly parameters: Map<string, HostTensor & { readonly data: Float32Array }>;
  readonly buffers: Map<string, HostTensor & { readonly data: Float32Array }>;
}

type FloatTensor = HostTensor & { readonly data: Float32Array };

const asFloat = (data: Float32Array, shape: readonly number[]): FloatTensor => floatTensor(data, shape) as FloatTensor;

/**
 * First values of all of a model's parameters and buffers: a pure function of config and seed.
 * @param classes of the auxiliary classifier, where the loss has one
 */
export function initialWeights(model: ReferringModel, seed: number, classes = 0): ModelWeights {
  const { declared } = buildModel(model, { batch: 1, training: false, classes });
  const draw = (declarations: typeof declared.parameters) =>
    new Map(
      [...declarations].map(([name, { shape, initialiser }]) => [
        name,
        asFloat(initialise(initialiser, shape, seed, name), shape),
      ]),
    );
  return { parameters: draw(declared.parameters), buffers: draw(declared.buffers) };
}

/** A batch as the step takes it. */
export interface StepBatch {
  /** float32 [B, 3, H, W], normalised; or uint8 [B, H, W, 3] for a step of `rawPixels` */
  readonly images: Float32Array | Uint8Array;
  /** uint8 [B, H, W] */
  readonly masks: Uint8Array;
  /** [B, L] token ids */
  readonly ids: ArrayLike<number>;
  /** [B, L] 1 for tokens */
  readonly wordMask: Float32Array;
  /** uint8 [B, H / 4, W / 4]: what lies where, for the auxiliary classifier. */
  readonly classMaps?: Uint8Array | null;
}

/** What one step found. */
export interface StepResult {
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  /** Pixels of intersection and union of each sample. */
  readonly intersection: Float32Array;
  readonly union: Float32Array;
}

/** A compiled forward and backward pass. */
export interface TrainingStep {
  /** Gradients of the last run by parameter name; overwritten by the next. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** Parameters that the loss does not depend on: they get no gradient. */
  readonly unused: readonly string[];
  /**
   * Computes loss and gradients, and moves the running statistics. `seed` draws this step's dropout: same weights,
   * batch and seed give the same bits. `diceShare` (1 when left out) scales the weight of Dice in this step.
   */
  run(
    batch: StepBatch,
    seed: readonly (string | number)[],
    options?: { readonly diceShare?: number; readonly signal?: AbortSignal },
  ): Promise<StepResult>;
  release(): Promise<void>;
}

/** Side of the class maps that the auxiliary classifier learns from: that of the trunk's finest map. */
export const classMapSide = (sizePx: number): number => Math.ceil(sizePx / 4);

/** Draws a named random input for one step. */
function drawRandom({ name, shape, distribution }: RandomDeclaration, seed: readonly (string | number)[]): HostTensor {
  const random = createRandom(...seed, name);
  const data = new Float32Array(elementCount(shape));
  if (distribution.kind === 'keep') {
    random.fillKept(data, distribution.keep, 1 / distribution.keep);
    return floatTensor(data, shape);
  }
  for (let index = 0; index < data.length; index++) {
    if (distribution.kind === 'uniform') data[index] = random.uniform(distribution.low, distribution.high);
    else data[index] = distribution.mean + distribution.standardDeviation * random.normal();
  }
  return floatTensor(data, shape);
}

/** Terms may have a weight, and the model nothing that they are taken of. */
function refuseEmptyLoss(
  { crossEntropy, dice, focal, noTarget, categories }: LossConfig,
  { hasHead, classifies }: { readonly hasHead: boolean; readonly classifies: boolean },
): void {
  if (crossEntropy + dice + focal + (hasHead ? noTarget : 0) + (classifies ? categories : 0) > 0) return;
  throw new UserError(
    'loss: no term of it applies to this model (noTarget needs a head for "nothing": model.noTarget); give crossEntropy, dice or focal a weight',
  );
}

/**
 * Compiles the training step of a model for a batch size.
 * @param weights are read at each run; the optimiser changes them in place between runs
 * @param options.renormalise batch renormalisation in the place of batch normalisation, for small batches
 * @param options.classes of the auxiliary classifier (background included); its truth comes with each batch
 * @param options.rawPixels takes pictures as bytes and normalises them in the graph
 * @param options.trains which parameters get gradients; all when left out. Normalisation of the others keeps its statistics
 */
export async function compileTrainingStep(
  model: ReferringModel,
  weights: ModelWeights,
  options: {
    runtime: Runtime;
    batch: number;
    loss: LossConfig;
    session?: RuntimeOptions;
    trains?: (name: string) => boolean;
    sizePx?: number;
    renormalise?: boolean;
    classes?: number;
    rawPixels?: boolean;
  },
): Promise<TrainingStep> {
  const { batch, renormalise, classes, rawPixels = false, trains = () => true } = options;
  const { maxWords } = model.config;
  const sizePx = options.sizePx ?? model.config.imageSizePx;
  const { outputs, categories, declared } = buildModel(model, {
    batch,
    training: true,
    renormalise,
    isFrozen: (name) => !trains(name),
    heightPx: sizePx,
    widthPx: sizePx,
    classes,
    image: rawPixels
      ? imageFromPixels(input('pixels', [batch, sizePx, sizePx, 3], 'uint8'), model.config.pixels)
      : undefined,
  });
  refuseEmptyLoss(options.loss, { hasHead: outputs.exists !== null, classifies: Boolean(categories) });
  const mapPx = classMapSide(sizePx);
  const target = input('target', [batch, sizePx, sizePx], 'uint8');
  const { loss, terms, margin } = segmentationLoss(
    createScope({ training: true }).child('loss'),
    outputs,
    target,
    options.loss,
    {
      diceShare: options.loss.diceWarmUpSteps > 0 ? input('dice_share', []) : undefined,
      categories: categories
        ? { logits: categories, truth: input('class_maps', [batch, mapPx, mapPx], 'uint8') }
        : undefined,
    },
  );
  const { intersection, union } = overlapCounts(margin, target);

  const wanted = [...declared.parameters.keys()].filter(trains);
  const found = gradients(
    loss,
    wanted.map((name) => declared.parameters.get(name)!.value),
  );
  const fetches: Record<string, (typeof found)[number] & {}> = { loss, intersection, union };
  for (const [name, value] of Object.entries(terms)) fetches[`term.${name}`] = value;
  const unused: string[] = [];
  const gradientData = new Map<string, Float32Array>();
  const into: Record<string, HostTensor> = {};
  for (const [index, name] of wanted.entries()) {
    const gradient = found[index];
    if (gradient === null) {
      unused.push(name);
      continue;
    }
    fetches[`gradient.${name}`] = gradient;
    const data = new Float32Array(elementCount(gradient.shape));
    gradientData.set(name, data);
    into[`gradient.${name}`] = floatTensor(data, gradient.shape);
  }
  for (const [name, value] of declared.bufferUpdates) fetches[`buffer.${name}`] = value;

  const compiled: CompiledFunction = await compile(fetches, { runtime: options.runtime, session: options.session });
  const fixed: Record<string, HostTensor> = {};
  for (const [name, { role }] of compiled.inputs) {
    const tensor = role === 'parameter' ? weights.parameters.get(name) : weights.buffers.get(name);
    if (tensor && (role === 'parameter' || role === 'buffer')) fixed[name] = tensor;
  }

  return {
    gradients: gradientData,
    unused,
    async run({ images, masks, ids, wordMask, classMaps }, seed, { diceShare = 1, signal } = {}) {
      const feeds: Record<string, HostTensor> = {
        ...fixed,
        ids: integerTensor(ids, [batch, maxWords]),
        target: { type: 'uint8', shape: [batch, sizePx, sizePx], data: masks },
      };
      if (images instanceof Uint8Array)
        feeds.pixels = { type: 'uint8', shape: [batch, sizePx, sizePx, 3], data: images };
      else feeds.image = floatTensor(images, [batch, 3, sizePx, sizePx]);
      feeds.mask = floatTensor(wordMask, [batch, maxWords]);
      if (compiled.inputs.has('dice_share')) feeds.dice_share = floatTensor(Float32Array.of(diceShare), []);
      if (classMaps && compiled.inputs.has('class_maps')) {
        feeds.class_maps = { type: 'uint8', shape: [batch, mapPx, mapPx], data: classMaps };
      }
      for (const declaration of declared.randoms.values()) {
        if (compiled.inputs.has(declaration.name)) feeds[declaration.name] = drawRandom(declaration, seed);
      }
      const results = (await compiled.run(feeds, { into, signal })) as Record<string, HostTensor>;
      for (const name of declared.bufferUpdates.keys()) {
        weights.buffers.get(name)!.data.set(results[`buffer.${name}`].data as Float32Array);
      }
      return {
        loss: Number(results.loss.data[0]),
        terms: Object.fromEntries(Object.keys(terms).map((name) => [name, Number(results[`term.${name}`].data[0])])),
        intersection: results.intersection.data as Float32Array,
        union: results.union.data as Float32Array,
      };
    },
    release: () => compiled.release(),
  };
}
