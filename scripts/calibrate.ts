/**
 * Fits the no-target head's decision of a checkpoint to a validation split: a probability of 0.5 is then where it tells
 * sentences with a target and without one apart best, by the highest mean of N-acc and T-acc, or, with `--rule equal`,
 * where both are alike; with `--none 93`, where N-acc reaches 93 at the highest T-acc. The masks do not change.
 *
 *   npx tsx scripts/calibrate.ts CHECKPOINT OUT --data DIR [DIR...] [--split val] [--limit 600] [--rule mean|equal] [--none PERCENT]
 *
 *   --evidence        first weighs what the answer shows of itself (`evidence`, docs/models.md) against the head, by
 *                     logistic regression on the same samples
 *   --size PIXELS     the side of the input that the checkpoint shall have from now on
 *   --cells           its maps are enlarged cell by cell from now on (`decoder.alignCorners: false`)
 */
import { parseArgs } from 'node:util';
import { createLoader, openDataset } from '../src/datasets/index.js';
import { compile, createScope, floatTensor, type HostTensor, integerTensor } from '../src/engine/index.js';
import { chooseSamples } from '../src/evaluation/chooseSamples.js';
import { buildModel, createModel } from '../src/models/index.js';
import { answerTraits } from '../src/models/parts/answerEvidence.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { changedCard } from './changedCard.js';
import { logisticRegression } from './logisticRegression.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    split: { type: 'string', default: 'val' },
    limit: { type: 'string', default: '600' },
    rule: { type: 'string', default: 'mean' },
    none: { type: 'string' },
    evidence: { type: 'boolean', default: false },
    size: { type: 'string' },
    cells: { type: 'boolean', default: false },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0) throw new Error('usage: calibrate.ts CHECKPOINT OUT --data DIR');

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const sizePx = Number(values.size ?? checkpoint.model.config.imageSizePx);
const { decoder } = checkpoint.model.config;
const model = createModel({
  ...checkpoint.model.config,
  imageSizePx: sizePx,
  decoder: values.cells ? { ...decoder, alignCorners: false } : decoder,
  evidence: checkpoint.model.config.evidence || values.evidence,
});
const weights = new Map(checkpoint.weights);
const bias = weights.get('no_target.fc2.bias');
if (!bias) throw new Error(`${folder}: has no no-target head`);
if (values.evidence) weights.set('evidence.weight', { type: 'float32', shape: [1, 2], data: new Float32Array(2) });

interface Judged {
  readonly logit: number;
  readonly traits: readonly number[];
  readonly hasTarget: boolean;
}

/** The head's logit and the answer's traits for the samples that `refersat eval` would draw. */
async function judge(): Promise<Judged[]> {
  const { outputs } = buildModel(model, { batch: 1, training: false });
  const traits = answerTraits(createScope({ training: false }), outputs.decoder);
  const wanted = { exists: outputs.exists!, traits };
  const compiled = await compile(wanted, { runtime: onnxruntimeNode, weights });
  const datasets = await Promise.all(folders.map((one) => openDataset(one)));
  const sets = chooseSamples(datasets, { split: values.split, limit: Number(values.limit), seed: 0 });
  const sources = sets.map(({ dataset, samples }) => ({
    dataset: { ...dataset, samples: samples.map(({ sample }) => sample) },
  }));
  const { maxWords, pixels } = model.config;
  const normalise = pixels === 'unit' ? 'rgb255' : 'imagenet';
  const loader = createLoader(sources, { sizePx, batch: 1, seed: 0, normalise, cacheMegabytes: 256 });
  const judged: Judged[] = [];
  for await (const { images, samples, sentences } of loader.epoch(0)) {
    const { ids, wordMask } = encodeBatch(checkpoint.tokenizer, sentences, maxWords, {});
    const results = (await compiled.run({
      image: floatTensor(images, [1, 3, sizePx, sizePx]),
      ids: integerTensor(ids, [1, maxWords]),
      mask: floatTensor(wordMask, [1, maxWords]),
    })) as Record<string, HostTensor>;
    judged.push({
      logit: Number(results.exists.data[0]),
      traits: [...(results.traits.data as Float32Array)],
      hasTarget: samples[0].kind !== 'none',
    });
  }
  await loader.close();
  await compiled.release();
  return judged;
}

const judged = await judge();
const targets = judged.filter(({ hasTarget }) => hasTarget).length;

/** N-acc and T-acc, each 0 to 1, when answers of a logit below the threshold are empty. */
function accuracies(logits: readonly number[], threshold: number): readonly [none: number, target: number] {
  const right = (wanted: boolean): number =>
    judged.filter(({ hasTarget }, index) => hasTarget === wanted && logits[index] >= threshold === wanted).length;
  return [right(false) / (judged.length - targets), right(true) / targets];
}

/** The threshold that the rule asks for. */
function chooseThreshold(logits: readonly number[]): number {
  const worth = (threshold: number): number => {
    const [none, target] = accuracies(logits, threshold);
    if (values.none) return none >= Number(values.none) / 100 ? target : -1;
    return values.rule === 'equal' ? -Math.abs(none - target) : none + target;
  };
  const places = logits.toSorted((a, b) => a - b);
  const candidates = places.slice(1).map((place, index) => (place + places[index]) / 2);
  return candidates.reduce((most, place) => (worth(place) > worth(most) ? place : most), 0);
}

const shown = (logits: readonly number[], threshold: number): string =>
  accuracies(logits, threshold)
    .map((share) => (100 * share).toFixed(1))
    .join(' and ');

/** The head's factor, the two weights of the evidence and what joins the bias: none of it without `--evidence`. */
const [factor, ofSureness, ofSize, shift] = values.evidence
  ? logisticRegression(
      judged.map(({ logit, traits }) => [logit, ...traits]),
      judged.map(({ hasTarget }) => hasTarget),
    )
  : [1, 0, 0, 0];
const before = judged.map(({ logit }) => logit);
const after = judged.map(
  ({ logit, traits: [sureness, size] }) => factor * logit + ofSureness * sureness + ofSize * size + shift,
);
const best = chooseThreshold(after);

const scaled = (name: string): Float32Array => (weights.get(name)!.data as Float32Array).map((value) => factor * value);
weights.set('no_target.fc2.weight', { ...weights.get('no_target.fc2.weight')!, data: scaled('no_target.fc2.weight') });
weights.set('no_target.fc2.bias', { ...bias, data: scaled('no_target.fc2.bias').map((value) => value + shift - best) });
if (values.evidence) {
  weights.set('evidence.weight', { type: 'float32', shape: [1, 2], data: Float32Array.of(ofSureness, ofSize) });
}
const card = await changedCard(folder, 'The no-target head was fitted to a validation split (scripts/calibrate.ts).');
await saveCheckpoint(out, { ...checkpoint, model, weights }, { card });
process.stdout.write(
  `${judged.length} samples, ${targets} with a target; N-acc and T-acc ${shown(before, 0)} before\n`,
);
if (values.evidence) {
  const [head, sureness, size] = [factor, ofSureness, ofSize].map((value) => value.toFixed(3));
  process.stdout.write(
    `head alone: ${shown(before, chooseThreshold(before))}; head times ${head}, sureness ${sureness}, size ${size}\n`,
  );
}
process.stdout.write(`threshold moved by a logit of ${best.toFixed(3)}: ${shown(after, best)}\n${out}\n`);
