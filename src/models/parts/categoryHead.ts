import { add, layer, resizeBilinear, type Scope, type Value } from '../../engine/index.js';
import { convolutionLayer } from '../../nn/index.js';

/**
 * Names the category of what lies at each place, from the trunk's maps before any word has entered: an auxiliary
 * classifier for training alone (as PSPNet, Zhao et al. 2017, section 3.3, and others after it use one). Every annotated
 * thing of a picture teaches the trunk through it, not only the one that the sentence means. This project's choice.
 * @param maps [B, C_i, H / 2^(i+2), W / 2^(i+2)], finest first
 * @returns logits [B, classes, H / 4, W / 4]
 */
export const categoryHead = layer((scope: Scope, maps: readonly Value[], classes: number): Value => {
  const logits = maps.map((map, index) =>
    convolutionLayer(scope.child(String(index)), map, { width: classes, kernel: 1 }),
  );
  return logits.reduceRight((coarse, fine) =>
    add(resizeBilinear(coarse, [fine.shape[2], fine.shape[3]], { alignCorners: false }), fine),
  );
});
