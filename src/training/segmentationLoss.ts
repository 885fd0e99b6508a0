import { z } from 'zod';
import { unknownClass } from '../datasets/index.js';
import {
  add,
  addAll,
  binaryCrossEntropyWithLogits,
  cast,
  crossEntropy,
  div,
  focalLoss,
  greater,
  layer,
  max,
  maximum,
  mul,
  reshape,
  resizeBilinear,
  type Scope,
  sigmoid,
  softplus,
  sub,
  sum,
  type Value,
} from '../engine/index.js';
import { foregroundMargin, type ModelOutputs } from '../models/index.js';

/** Weights of the terms of the loss; 0 leaves a term out. */
export const lossSchema = z.strictObject({
  crossEntropy: z.number().min(0).default(1).describe('cross-entropy over pixels'),
  backgroundWeight: z.number().positive().default(0.9).describe('weight of background pixels in it, as LAVT'),
  objectWeight: z.number().positive().default(1.1).describe('weight of object pixels in it, as LAVT'),
  dice: z.number().min(0).default(0).describe('Dice of the object, averaged over the sentences that have a target'),
  diceWarmUpSteps: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'steps in which the weight of Dice rises from 0: from the first step on it can hold a new model at "nothing"',
    ),
  focal: z.number().min(0).default(0).describe('focal loss over pixels (gamma 2)'),
  noTarget: z
    .number()
    .min(0)
    .default(0.2)
    .describe('binary cross-entropy of "there is a target", for models with a no-target head'),
  categories: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'cross-entropy of the category of everything that is annotated, told from the trunk before the words (an auxiliary classifier, for training alone)',
    ),
});

export type LossConfig = z.infer<typeof lossSchema>;

/** The loss and its terms, each a scalar. */
export interface SegmentationLoss {
  readonly loss: Value;
  readonly terms: Readonly<Record<string, Value>>;
  /** Margin between object and background logits at the target's size [B, H, W]: above 0 is object. */
  readonly margin: Value;
}

/** Dice of the samples whose target holds something: 1 - (2 sum pt + 1) / (sum p + sum t + 1), averaged over them. */
function targetDice(margin: Value, target: Value, present: Value): Value {
  const probability = sigmoid(margin);
  const overlap = sum(mul(probability, target), [1, 2]);
  const total = add(sum(probability, [1, 2]), sum(target, [1, 2]));
  const dice = sub(1, div(add(mul(overlap, 2), 1), add(total, 1))); // [B]
  return div(sum(mul(dice, present)), add(sum(present), 1e-6));
}

/** What only some settings of the loss need. */
export interface LossExtras {
  /** Share of the weight of Dice that counts in this step, []: 1 when left out. */
  readonly diceShare?: Value;
  /** Logits of the auxiliary classifier [B, 1 + classes, h, w] and what lies there, uint8 [B, h, w]. */
  readonly categories?: { readonly logits: Value; readonly truth: Value };
}

/** Weight of cells with nothing in them: things are a small part of most pictures. */
const emptyCellWeight = 0.3;

/**
 * The mix of losses that a training step lowers.
 * @param outputs of a model; its decoder's logits are resized once, as their difference, which is the same as resizing both
 * @param target uint8 [B, H, W], 1 for the object
 */
export const segmentationLoss = layer(
  (
    _scope: Scope,
    outputs: Pick<ModelOutputs, 'decoder' | 'exists' | 'alignCorners'>,
    target: Value,
    config: LossConfig,
    extras: LossExtras = {},
  ): SegmentationLoss => {
    const [batch, height, width] = target.shape;
    const difference = foregroundMargin(outputs.decoder); // [B, 1, h, w]
    const { alignCorners } = outputs;
    const margin = reshape(resizeBilinear(difference, [height, width], { alignCorners }), [batch, height, width]);
    const truth = cast(target, 'float32');
    const present = max(truth, [1, 2]); // [B]
    const terms: Record<string, Value> = {};
    const weighted: Value[] = [];
    const include = (name: string, weight: number, build: () => Value): void => {
      if (weight === 0) return;
      terms[name] = build();
      weighted.push(mul(terms[name], weight));
    };

    include('crossEntropy', config.crossEntropy, () => {
      const { backgroundWeight, objectWeight } = config;
      const weights = add(mul(truth, objectWeight - backgroundWeight), backgroundWeight);
      const perPixel = softplus(mul(margin, sub(1, mul(truth, 2))));
      return div(sum(mul(weights, perPixel)), sum(weights));
    });
    include('dice', config.dice, () => targetDice(margin, truth, present));
    if (extras.diceShare && weighted.length > 0 && terms.dice) {
      weighted[weighted.length - 1] = mul(weighted[weighted.length - 1], extras.diceShare);
    }
    include('focal', config.focal, () => focalLoss(margin, truth));
    if (outputs.exists) {
      const exists = reshape(outputs.exists, [batch]);
      include('noTarget', config.noTarget, () => binaryCrossEntropyWithLogits(exists, present));
    }
    if (extras.categories) {
      const { logits, truth: cells } = extras.categories;
      const weight = Array.from({ length: logits.shape[1] }, (_, index) => (index === 0 ? emptyCellWeight : 1));
      include('categories', config.categories, () =>
        crossEntropy(logits, cast(cells, 'int64'), { weight, ignoreIndex: unknownClass }),
      );
    }
    return { loss: weighted.length === 1 ? weighted[0] : addAll(weighted), terms, margin };
  },
);

/** Pixels in the intersection and in the union of each sample's prediction (margin above 0) and truth, [B] each. */
export function overlapCounts(margin: Value, target: Value): { intersection: Value; union: Value } {
  const predicted = cast(greater(margin, 0), 'float32');
  const truth = cast(target, 'float32');
  return { intersection: sum(mul(predicted, truth), [1, 2]), union: sum(maximum(predicted, truth), [1, 2]) };
}
