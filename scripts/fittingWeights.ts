import type { ReferringModel } from '../src/models/index.js';
import { initialWeights } from '../src/training/trainingStep.js';
import type { FloatTensor } from '../src/weights/index.js';

/**
 * All weights of a model: those of a checkpoint whose names and shapes are its own, the rest as the seed begins them. What
 * the model has no use for is left out.
 * @param isKept of names, whether the checkpoint's is taken where it fits
 */
export function fittingWeights(
  model: ReferringModel,
  known: ReadonlyMap<string, FloatTensor>,
  seed: number,
  isKept: (name: string) => boolean = () => true,
): Map<string, FloatTensor> {
  const { parameters, buffers } = initialWeights(model, seed);
  const weights = new Map<string, FloatTensor>([...parameters, ...buffers]);
  for (const [name, { shape }] of weights) {
    const own = known.get(name);
    if (own && isKept(name) && own.shape.join() === shape.join()) weights.set(name, own);
  }
  return weights;
}
