/**
 * Puts the trunk and the classifier of one checkpoint under everything else of another of the same network: both may have been
 * trained at the same time from one start, each with the other's part frozen.
 *
 *   npx tsx scripts/joinTrunk.ts TRUNK REST OUT
 */
import { findModelFolder, modelName } from '../src/segmentation/index.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { changedCard } from './changedCard.js';

const [trunkPath, restPath, out] = process.argv.slice(2);
if (!trunkPath || !restPath || !out) throw new Error('usage: joinTrunk.ts TRUNK REST OUT');
const trunk = await loadCheckpoint(findModelFolder(trunkPath));
const folder = findModelFolder(restPath);
const rest = await loadCheckpoint(folder);

/** Language gates and fusion lie beside the blocks of a stage: they are not the trunk's. */
const isTrunk = (name: string): boolean =>
  /^backbone\.(stem|patch_embed|layers\.\d\.(blocks|downsample))\.|^prior\.head\./.test(name);

const weights = new Map(rest.weights);
for (const [name, { shape }] of rest.weights) {
  if (!isTrunk(name)) continue;
  const taken = trunk.weights.get(name);
  if (!taken || String(taken.shape) !== String(shape)) {
    throw new Error(`${trunkPath}: has no ${name} of [${shape}]; take two checkpoints of one network`);
  }
  weights.set(name, taken);
}
const card = await changedCard(folder, `Trunk and classifier are ${modelName(trunk.source)}'s (scripts/joinTrunk.ts).`);
await saveCheckpoint(out, { ...rest, weights }, { card });
process.stdout.write(`${out}\n`);
