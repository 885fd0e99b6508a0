import {
  add,
  cast,
  createScope,
  type Declarations,
  input,
  reshape,
  type Scope,
  stopGradient,
  type Value,
} from '../engine/index.js';
import type { TokenMap } from '../nn/index.js';
import { bert } from './bert.js';
import { completeConfig, type ModelConfig, type ModelName, type ModelOptions } from './config.js';
import { convolutionalTrunk } from './convolutionalTrunk.js';
import { edgesOf, type ImagePart, type ImagePartConfig, trunkFrom, wordlessStages } from './imagePart.js';
import { lavt, logitsAtImageSize, type Segmentation } from './lavt.js';
import { lgce } from './lgce.js';
import { mrsnet } from './mrsnet.js';
import { answerEvidence } from './parts/answerEvidence.js';
import { cellColours } from './parts/candidateColours.js';
import { type AsRead, candidateSelection } from './parts/candidateSelection.js';
import { categoryHead } from './parts/categoryHead.js';
import { categoryPrior } from './parts/categoryPrior.js';
import { halfSizeRefinement } from './parts/halfSizeRefinement.js';
import { noTargetHead } from './parts/noTargetHead.js';
import type { Words } from './parts/pixelWordAttention.js';
import type { SelectionWords } from './parts/selectionWords.js';
import { sentenceReading } from './parts/sentenceReading.js';
import type { FamilyConfig, Trunk } from './parts/trunk.js';
import { unitValues } from './pixelValues.js';
import { rmsin } from './rmsin.js';
import { sbanet } from './sbanet.js';
import { swinTrunk } from './swin.js';
import { swinV2Trunk } from './swinV2.js';

/** Symbolic inputs of a model. */
export interface ModelInputs {
  /** float32 [B, 3, H, W], normalised */
  readonly image: Value;
  /** int64 [B, L] */
  readonly ids: Value;
  /** float32 [B, L], 1 for tokens and 0 for padding */
  readonly mask: Value;
}

/** Symbolic outputs of a model. */
export interface ModelOutputs extends Segmentation {
  /** How the decoder's logits are enlarged to the image's size. */
  readonly alignCorners: boolean;
  /** Logit of "there is a target" [B, 1]; null for a model without that head. */
  readonly exists: Value | null;
  /** Last hidden states of the text encoder [B, L, Ct]. */
  readonly wordStates: Value;
  /** Logits of background and each class of the category prior [B, 1 + classes, H / 4, W / 4]; null for a model without. */
  readonly categories: Value | null;
}

/** A model of the registry: a config and how to build its graph. */
export interface ReferringModel {
  readonly config: ModelConfig;
  /**
   * Builds the graph under a scope: parameters `text_encoder.*`, `backbone.*`, `classifier.*` and the model's own.
   * @param part what `imagePart` gave for the image, in the place of computing it
   */
  build(scope: Scope, inputs: ModelInputs, part?: ImagePart): ModelOutputs;
  /** Builds what no word changes. */
  imagePart(scope: Scope, image: Value): ImagePart;
}

type Architecture = (
  scope: Scope,
  image: Value,
  words: SelectionWords,
  family: FamilyConfig,
  config: ModelConfig,
) => Segmentation;

const architectures: Record<ModelName, Architecture> = {
  lavt,
  lgce,
  rmsin,
  sbanet,
  mrsnet: (scope, image, words, family, { ifim, hfim }) => mrsnet(scope, image, words, { ...family, ifim, hfim }),
};

/** The trunk of a config. */
export function trunkOf(trunk: ModelConfig['trunk']): Trunk {
  switch (trunk.kind) {
    case 'swin':
      return swinTrunk(trunk);
    case 'swin-v2':
      return swinV2Trunk(trunk);
    case 'convolutional':
      return convolutionalTrunk(trunk);
  }
}

/**
 * Makes a model from a name, a preset and settings over it; or from a whole config (a checkpoint's `config.json`).
 * @throws UserError that names each setting which is unknown or out of range
 */
export function createModel(options: ModelOptions): ReferringModel {
  const config = completeConfig(options);
  const architecture = architectures[config.model];
  const trunk = trunkOf(config.trunk);
  const { fusionHeads, languageGates, decoder, prior, selection, refinement } = config;
  const { alignCorners = true } = decoder;
  const seen: ImagePartConfig = { trunk, decoder, refinement };
  const stagesOf = (scope: Scope, image: Value): TokenMap[] =>
    wordlessStages(scope, image, trunk, languageGates ? 1 : trunk.stages);
  const coloursOf = (image: Value): Value | null =>
    selection?.colours ? cellColours(unitValues(image, config.pixels)) : null;
  return {
    config,
    imagePart: (scope, image) => ({
      stages: stagesOf(scope, image),
      edges: edgesOf(scope, image, seen),
      colours: coloursOf(image),
    }),
    build(scope, { image, ids, mask }, part) {
      const states = bert(scope.child('text_encoder'), ids, mask, config.text);
      const wordStates = states[states.length - 1]; // [B, L, Ct]
      const words: Words = { states: wordStates, mask: cast(reshape(mask, [...mask.shape, 1]), 'float32') };
      const asked: SelectionWords = { ...words, ids, vocabularySize: config.text.vocabularySize };
      const reading =
        config.reading && prior
          ? sentenceReading(scope.child('reading'), asked, prior.classes.length, config.reading)
          : null;
      const stages = part?.stages ?? stagesOf(scope, image);
      const family: FamilyConfig = { trunk: trunkFrom(stages, trunk), fusionHeads, languageGates, decoder };
      const segmentation = architecture(scope, image, asked, family, config);
      const { map, trunkMaps } = segmentation;
      let logits = segmentation.decoder; // [B, 2, H / 4, W / 4]
      let categories: Value | null = null;
      let asRead: AsRead | null = null;
      if (prior) {
        const targets = reading?.targets ?? null;
        const seenClasses = categoryPrior(scope.child('prior'), trunkMaps, words, prior.classes.length, targets);
        logits = add(logits, seenClasses.logits);
        categories = seenClasses.categories;
        if (reading) asRead = { reading, classes: stopGradient(seenClasses.shares) };
      }
      const before = logits;
      if (selection) {
        const colours = part ? part.colours : coloursOf(image);
        const inputs = { logits, words: asked, colours, asRead };
        const chosen = candidateSelection(scope.child('selection'), inputs, selection);
        logits = add(logits, chosen);
      }
      const judged = selection?.judged ? [before, logits] : [before];
      let exists = config.noTarget ? noTargetHead(scope.child('no_target'), map, judged, words) : null;
      const edges = part ? part.edges : edgesOf(scope, image, seen);
      if (edges && refinement) {
        const settings = { ...refinement, norm: decoder.norm, alignCorners };
        logits = halfSizeRefinement(scope.child('refinement'), edges, map, logits, settings); // [B, 2, H / 2, W / 2]
      }
      if (exists && config.evidence) exists = add(exists, answerEvidence(scope.child('evidence'), logits));
      const more = { exists, wordStates, categories, alignCorners };
      if (logits === segmentation.decoder) return { ...segmentation, ...more };
      return { ...segmentation, decoder: logits, logits: logitsAtImageSize(logits, image, alignCorners), ...more };
    },
  };
}

/** A model's graph with its inputs and declarations. */
export interface BuiltModel {
  readonly inputs: ModelInputs;
  readonly outputs: ModelOutputs;
  /** Logits of the auxiliary classifier [B, classes, H / 4, W / 4], where it was asked for, or of the category prior. */
  readonly categories: Value | null;
  readonly declared: Declarations;
}

/** Parameters of the auxiliary classifier begin so: they are trained, and belong to no model. */
export const categoryHeadPrefix = 'category_head.';

/**
 * Builds a model's graph for a batch at its input size, or another.
 * @param options.image float32 [B, 3, H, W] in the place of the input `image`
 * @param options.part what `buildImagePart` gave for the image, in the place of computing it; then `image` is no input
 * @param options.isFrozen parameters, by name, that are not trained: their normalisation keeps its running statistics
 * @param options.classes adds the auxiliary classifier of so many classes, for training; a model with a category prior has
 *   its own in its place
 */
export function buildModel(
  model: ReferringModel,
  options: {
    batch: number;
    training: boolean;
    renormalise?: boolean;
    isFrozen?: (name: string) => boolean;
    heightPx?: number;
    widthPx?: number;
    classes?: number;
    image?: Value;
    part?: ImagePart;
  },
): BuiltModel {
  const { imageSizePx, maxWords } = model.config;
  const { batch, training, renormalise, isFrozen, heightPx = imageSizePx, widthPx = imageSizePx } = options;
  const scope = createScope({ training, renormalise, isFrozen });
  const inputs: ModelInputs = {
    image: options.image ?? input('image', [batch, 3, heightPx, widthPx]),
    ids: input('ids', [batch, maxWords], 'int64'),
    mask: input('mask', [batch, maxWords]),
  };
  const outputs = model.build(scope, inputs, options.part);
  const categories =
    outputs.categories ??
    (options.classes ? categoryHead(scope.child('category_head'), outputs.trunkMaps, options.classes) : null);
  return { inputs, outputs, categories, declared: scope.declared };
}

/** What no word changes of a model's graph, with its input and declarations. */
export interface BuiltImagePart {
  readonly image: Value;
  readonly part: ImagePart;
  readonly declared: Declarations;
}

/** Builds, for inference, what a model computes of an image before any word enters it. */
export function buildImagePart(model: ReferringModel, options: { batch: number; sizePx?: number }): BuiltImagePart {
  const { batch, sizePx = model.config.imageSizePx } = options;
  const scope = createScope({ training: false });
  const image = input('image', [batch, 3, sizePx, sizePx]);
  return { image, part: model.imagePart(scope, image), declared: scope.declared };
}
