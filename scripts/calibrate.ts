/**
 * Moves the bias of a checkpoint's no-target head so that a probability of 0.5 is where it tells sentences with a target
 * and without one apart best on a validation split: where the mean of N-acc and T-acc is highest, or, with `--rule equal`,
 * where both are alike; with `--none 93`, where N-acc reaches 93 at the highest T-acc. Nothing else changes.
 *
 *   npx tsx scripts/calibrate.ts CHECKPOINT OUT --data DIR [DIR...] [--split val] [--limit 600] [--rule mean|equal] [--none PERCENT]
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
    rule: { type: 'string', default: 'mean' },
    none: { type: 'string' },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0) throw new Error('usage: calibrate.ts CHECKPOINT OUT --data DIR');

const found: { logit: number; hasTarget: boolean }[] = [];
await evaluate(source, folders, {
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
/** N-acc and T-acc, each 0 to 1, when answers below a logit are empty. */
const accuracies = (threshold: number): readonly [none: number, target: number] => {
  const right = (wanted: boolean): number =>
    found.filter(({ logit: at, hasTarget }) => hasTarget === wanted && at >= threshold === wanted).length;
  return [right(false) / (found.length - targets), right(true) / targets];
};
const worth = (threshold: number): number => {
  const [none, target] = accuracies(threshold);
  if (values.none) return none >= Number(values.none) / 100 ? target : -1;
  return values.rule === 'equal' ? -Math.abs(none - target) : none + target;
};
const shown = (threshold: number): string =>
  accuracies(threshold)
    .map((share) => (100 * share).toFixed(1))
    .join(' and ');
const candidates = places.slice(1).map((place, index) => (place + places[index]) / 2);
const best = candidates.reduce((most, place) => (worth(place) > worth(most) ? place : most), 0);

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const bias = checkpoint.weights.get('no_target.fc2.bias');
if (!bias) throw new Error(`${folder}: has no no_target.fc2.bias`);
bias.data[0] -= best;
const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => undefined);
await saveCheckpoint(out, checkpoint, { card });
process.stdout.write(
  `${found.length} samples, ${targets} with a target: threshold moved by a logit of ${best.toFixed(3)}; N-acc and T-acc ${shown(0)} before, ${shown(best)} after\n${out}\n`,
);
