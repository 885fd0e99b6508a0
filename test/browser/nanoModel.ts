import {
  crossEntropy,
  elementCount,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
  serialize,
  type Value,
} from '../../src/engine/index.js';
import { buildModel, createModel } from '../../src/models/index.js';
import type { TestGraphs } from './smallNetwork.js';

const sizePx = 64;

/** Whole LAVT in its nano size at 64 px, as it answers and as it learns, with the same weights and data everywhere. */
export function buildNanoModel(): TestGraphs {
  const model = createModel({ model: 'lavt', preset: 'nano', imageSizePx: sizePx, maxWords: 8 });
  const answering = buildModel(model, { batch: 1, training: false });
  const learning = buildModel(model, { batch: 2, training: true });
  const target = input('target', [2, sizePx, sizePx], 'int64');
  const loss = crossEntropy(learning.outputs.logits, target, { weight: [0.9, 1.1] });
  const parameters = [...learning.declared.parameters.values()];
  const slopes = gradients(
    loss,
    parameters.map(({ value }) => value),
  );
  const step: Record<string, Value> = { loss };
  for (const [index, { name }] of parameters.entries()) {
    const slope = slopes[index];
    // A share of the gradients of all parts is enough, and travels faster.
    if (slope && index % 7 === 0) step[`grad.${name}`] = slope;
  }
  const feeds: Record<string, HostTensor> = {};
  for (const { name, shape, initialiser } of [...parameters, ...learning.declared.buffers.values()]) {
    feeds[name] = floatTensor(initialise(initialiser, shape, 3, name), shape);
  }
  // A mask of ones: no dropout, so that nothing but arithmetic differs.
  for (const { name, shape } of learning.declared.randoms.values()) {
    feeds[name] = floatTensor(new Float32Array(elementCount(shape)).fill(1), shape);
  }
  const data = (batch: number): Record<string, HostTensor> => ({
    image: floatTensor(
      new Float32Array(batch * 3 * sizePx * sizePx).map((_, index) => Math.sin(index * 0.37)),
      [batch, 3, sizePx, sizePx],
    ),
    ids: integerTensor(
      Int32Array.from({ length: batch * 8 }, (_, index) => (index * 13) % 40),
      [batch, 8],
    ),
    mask: floatTensor(
      Float32Array.from({ length: batch * 8 }, (_, index) => Number(index % 8 < 6)),
      [batch, 8],
    ),
    target: integerTensor(
      Int32Array.from({ length: batch * sizePx * sizePx }, (_, index) => (index >> 5) % 2),
      [batch, sizePx, sizePx],
    ),
  });
  return {
    forward: { graph: serialize({ logits: answering.outputs.logits }), feeds: { ...feeds, ...data(1) } },
    step: { graph: serialize(step), feeds: { ...feeds, ...data(2) } },
  };
}
