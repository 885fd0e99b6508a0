import { concat, div, gelu, layer, max, mean, mul, reshape, type Scope, sum, type Value } from '../../engine/index.js';
import { linearLayer } from '../../nn/index.js';
import { foregroundMargin } from './foregroundMargin.js';
import type { Words } from './pixelWordAttention.js';

/**
 * Decides whether the sentence means anything in the picture (as the no-target branch of ReLA, Liu et al. 2023, does):
 * from the decoder's last map, the logits and the words.
 * @param map [B, C, h, w]
 * @param judged the logits at one or more points of the network [B, 2, h, w]
 * @returns logit of "there is a target" [B, 1]
 */
export const noTargetHead = layer((scope: Scope, map: Value, judged: readonly Value[], words: Words): Value => {
  const [batch, channels] = map.shape;
  const margins = judged.map(foregroundMargin); // [B, 1, h, w] each
  const sentence = div(sum(mul(words.states, words.mask), [1]), sum(words.mask, [1])); // [B, Ct]
  const seen = concat(
    [
      reshape(mean(map, [2, 3]), [batch, channels]),
      reshape(max(map, [2, 3]), [batch, channels]),
      ...margins.flatMap((margin) => [
        reshape(max(margin, [2, 3]), [batch, 1]),
        reshape(mean(margin, [2, 3]), [batch, 1]),
      ]),
      sentence,
    ],
    1,
  );
  const hidden = gelu(linearLayer(scope.child('fc1'), seen, { width: channels }));
  return linearLayer(scope.child('fc2'), hidden, { width: 1 });
});
