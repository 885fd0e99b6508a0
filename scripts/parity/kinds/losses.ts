import { z } from 'zod';
import { add, crossEntropy, diceLoss, mul, type Value } from '../../../src/engine/index.js';
import type { BuildContext, Kind } from '../kind.js';

const weightSchema = z.object({ ce_weight: z.array(z.number()) });
const diceSchema = z.object({ dice_smooth: z.number(), dice_reduction: z.enum(['sum', 'mean']) });

const crossEntropyOf = ({ config, input }: BuildContext): Value =>
  crossEntropy(input('logits'), input('target'), { weight: weightSchema.parse(config).ce_weight });

function diceOf({ config, input }: BuildContext): Value {
  const { dice_smooth: smooth, dice_reduction: reduction } = diceSchema.parse(config);
  return diceLoss(input('logits'), input('target'), { smooth, reduction });
}

/** `loss.ce`: cross-entropy with class weights. */
export const crossEntropyLoss: Kind = {
  build: (context) => ({ outputs: {}, losses: { loss: crossEntropyOf(context) } }),
};

/** `loss.dice`: Dice of every sample and class. */
export const dice: Kind = { build: (context) => ({ outputs: {}, losses: { loss: diceOf(context) } }) };

/** `loss.rmsin`: (1 - share) cross-entropy + share Dice. */
export const rmsinLoss: Kind = {
  build(context) {
    const share = z.object({ dice_weight: z.number() }).parse(context.config).dice_weight;
    const [ce, overlap] = [crossEntropyOf(context), diceOf(context)];
    const loss = add(mul(ce, 1 - share), mul(overlap, share));
    return { outputs: {}, losses: { loss, loss_ce: ce, loss_dice: overlap } };
  },
};
