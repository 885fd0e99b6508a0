/**
 * Moves the bias of a checkpoint's no-target head so that a probability of 0.5 is where it tells sentences with a target
 * and without one apart best (mean of N-acc and T-acc) on a validation split; nothing else changes.
 *
 *   npx tsx scripts/calibrate.ts CHECKPOINT OUT --data DIR [DIR...] [--split val] [--limit 600]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate } from '../src/evaluation/index.js';
import { findModelFolder, logitOf } from '../src/segmentation/index.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    split: { type: 'string', default: 'val' },
    limit: { type: 'string', default: '600' },
  },
});
const [source, out] = positionals;
if (!source || !out || values.data.length === 0) throw new Error('usage: calibrate.ts CHECKPOINT OUT --data DIR');

const found: { logit: number; hasTarget: boolean }[] = [];
await evaluate(source, values.data, {
  protocol: 'gres',
  split: values.split,
  limit: Number(values.limit),
  onSample: ({ sample, probability }) => {
    if (probability === null) throw new Error(`${source}: has no no-target head`);
    found.push({ logit: logitOf(probability), hasTarget: sample.kind !== 'none' });
  },
});

const targets = found.filter(({ hasTarget }) => hasTarget).length;
const places = found.map(({ logit: at }) => at).sort((a, b) => a - b);
/** Mean of N-acc and T-acc when answers below a logit are empty. */
const balanced = (threshold: number): number => {
  const right = (wanted: boolean): number =>
    found.filter(({ logit: at, hasTarget }) => hasTarget === wanted && at >= threshold === wanted).length;
  return (right(true) / targets + right(false) / (found.length - targets)) / 2;
};
const candidates = places.slice(1).map((place, index) => (place + places[index]) / 2);
const best = candidates.reduce((most, place) => (balanced(place) > balanced(most) ? place : most), 0);

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const bias = checkpoint.weights.get('no_target.fc2.bias');
if (!bias) throw new Error(`${folder}: has no no_target.fc2.bias`);
bias.data[0] -= best;
const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => undefined);
await saveCheckpoint(out, checkpoint, { card });
process.stdout.write(
  `${found.length} samples, ${targets} with a target: threshold moved by a logit of ${best.toFixed(3)}; mean of N-acc and T-acc ${(100 * balanced(0)).toFixed(1)} before, ${(100 * balanced(best)).toFixed(1)} after\n${out}\n`,
);
