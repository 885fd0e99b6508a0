/**
 * Averages the weights of two checkpoints of one network, of which one was trained on from the other (Wortsman et al.
 * 2022, "Model soups"): what both learnt stays, what either learnt by chance weakens.
 *
 *   npx tsx scripts/averageWeights.ts FIRST SECOND OUT [--share 0.5]
 *
 *   --share S   the second's share; running statistics are averaged alike
 */
import { parseArgs } from 'node:util';
import { findModelFolder, modelName } from '../src/segmentation/index.js';
import { type FloatTensor, loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { changedCard } from './changedCard.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { share: { type: 'string', default: '0.5' } },
});
const [firstPath, secondPath, out] = positionals;
const share = Number(values.share);
if (!firstPath || !secondPath || !out || !(share >= 0 && share <= 1)) {
  throw new Error('usage: averageWeights.ts FIRST SECOND OUT [--share 0..1]');
}
const folder = findModelFolder(firstPath);
const first = await loadCheckpoint(folder);
const second = await loadCheckpoint(findModelFolder(secondPath));
// The order of a prior's classes is part of the config: another order, and averages mix categories.
const [one, other] = [first, second].map(({ model }) => JSON.stringify(model.config));
if (one !== other) throw new Error(`two networks: ${one} and ${other}`);
const weights = new Map<string, FloatTensor>();
for (const [name, { type, shape, data }] of first.weights) {
  const more = second.weights.get(name)!.data;
  weights.set(name, { type, shape, data: data.map((value, index) => (1 - share) * value + share * more[index]) });
}
const card = await changedCard(
  folder,
  `Averaged with ${modelName(second.source)}, whose share is ${share} (scripts/averageWeights.ts).`,
);
await saveCheckpoint(out, { ...first, weights }, { card });
process.stdout.write(`${out}\n`);
