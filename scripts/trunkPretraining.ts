/**
 * Teaches the trunk of a checkpoint what things look like, before any sentence: the classifier of the category prior is
 * trained with it and nothing else, so that every annotated thing of a picture counts in every step, and no text encoder,
 * fusion or decoder costs time. The model that is saved has a category prior of the checkpoint's categories and the sets',
 * and its gates, through which the words enter the trunk, are closed: what the trunk has learnt stands as it is until they
 * open again.
 *
 *   npx tsx scripts/trunkPretraining.ts CHECKPOINT OUT --data DIR[=SHARE] [DIR[=SHARE]...] [--minutes 10] [--size 384]
 *
 *   --fresh           all that is neither trunk nor text encoder begins anew (for comparing what is put around a trunk)
 *   --muon            Muon instead of AdamW
 *   --crop A          smallest share of a picture's area that a crop leaves, four of five being cropped (default 0.3)
 *   --lean S          share of the classes' weights that is taken off the classifier again when it is saved (default 0): a
 *                     class that weighs more is found where it is not, and things that touch melt into each other
 *   --device cuda, --batch N, --rate R, --workers N, --cache MEGABYTES: as for a training
 */
import { parseArgs } from 'node:util';
import { weightedFolder } from '../src/cli/weightedFolder.js';
import {
  categoryNames,
  createLoader,
  type Dataset,
  defaultAugment,
  namesPlace,
  openDataset,
  type Sample,
  unknownClass,
} from '../src/datasets/index.js';
import {
  cast,
  compile,
  createScope,
  crossEntropy,
  elementCount,
  floatTensor,
  gradients,
  type HostTensor,
  input,
} from '../src/engine/index.js';
import { trunkOf } from '../src/models/createModel.js';
import { wordlessTrunkMaps } from '../src/models/imagePart.js';
import { createModel } from '../src/models/index.js';
import { categoryHead } from '../src/models/parts/categoryHead.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { type Device, providersOf } from '../src/runtimes/providers.js';
import { findModelFolder } from '../src/segmentation/index.js';
import { imageFromPixels } from '../src/training/imageFromPixels.js';
import { classMapSide } from '../src/training/trainingStep.js';
import { loadInitialWeights, saveCheckpoint } from '../src/weights/index.js';
import { changedCard } from './changedCard.js';
import { classOverlaps } from './classOverlaps.js';
import { fittingWeights } from './fittingWeights.js';
import { stepsByTheClock } from './stepsByTheClock.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '10' },
    size: { type: 'string', default: '384' },
    batch: { type: 'string', default: '8' },
    rate: { type: 'string', default: '0.002' },
    decay: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    workers: { type: 'string', default: '1' },
    cache: { type: 'string', default: '1024' },
    crop: { type: 'string', default: '0.3' },
    lean: { type: 'string', default: '0' },
    fresh: { type: 'boolean', default: false },
    muon: { type: 'boolean', default: false },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0) throw new Error('usage: trunkPretraining.ts CHECKPOINT OUT --data DIR');
const [minutes, size, batch, rate] = [values.minutes, values.size, values.batch, values.rate].map(Number);

const sets = await Promise.all(
  folders.map(async (one) => {
    const { folder, weight } = weightedFolder(one);
    return { dataset: await openDataset(folder), weight };
  }),
);

/** One sample a picture, if possible one that may be cropped anywhere. */
function onePerPicture({ samples }: Dataset): Sample[] {
  const freedom = ({ sentence, kind }: Sample) => (namesPlace(sentence) ? 0 : kind === 'none' ? 2 : 1);
  const chosen = new Map<number, Sample>();
  for (const sample of samples) {
    const known = chosen.get(sample.image.id);
    if (!known || freedom(sample) > freedom(known)) chosen.set(sample.image.id, sample);
  }
  return [...chosen.values()];
}

/** Rare classes weigh more: by the root of how much of all pictures they cover, relative to a class in the middle. */
function classWeights(): number[] {
  const cover = new Map(classes.map((name) => [name, 0]));
  for (const { dataset, weight } of sets) {
    const pixels = dataset.images.reduce((total, { width, height }) => total + width * height, 0);
    for (const { category, areaPx } of dataset.annotations) {
      cover.set(category, (cover.get(category) ?? 0) + (weight * areaPx) / pixels);
    }
  }
  const sorted = [...cover.values()].filter((share) => share > 0).sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const bounded = (value: number) => Math.min(4, Math.max(0.25, value));
  const weightOf = (share: number): number => (share > 0 ? bounded(Math.sqrt(middle / share)) : 1);
  return [0.3, ...classes.map((name) => weightOf(cover.get(name) ?? 0))];
}

/** The last weights of a gate through which the words enter the trunk; zeros close it. */
const isLanguageGate = (name: string): boolean => /\.(res|detail)_gate\.2\.weight$/.test(name);

const folder = findModelFolder(source);
const checkpoint = await loadInitialWeights(folder);
/** Those that the checkpoint's classifier tells come first, in its order: it goes on where no set has any other. */
const classes = [
  ...new Set([...(checkpoint.model.config.prior?.classes ?? []), ...categoryNames(sets.map(({ dataset }) => dataset))]),
];
const model = createModel({ ...checkpoint.model.config, prior: { classes } });
const scope = createScope({ training: true, renormalise: batch < 8 });
const pixels = input('pixels', [batch, size, size, 3], 'uint8');
const maps = wordlessTrunkMaps(scope, imageFromPixels(pixels, model.config.pixels), trunkOf(model.config.trunk));
const logits = categoryHead(scope.child('prior').child('head'), maps, classes.length + 1); // [B, K, H / 4, W / 4]
const side = classMapSide(size);
const truth = input('class_maps', [batch, side, side], 'uint8');
const cells = cast(truth, 'int64');
const weighed = classWeights();
const loss = crossEntropy(logits, cells, { weight: weighed, ignoreIndex: unknownClass });

const { both, either } = classOverlaps(logits, cells);

const { parameters: declaredParameters, buffers: declaredBuffers, bufferUpdates } = scope.declared;
const found = gradients(
  loss,
  [...declaredParameters.values()].map(({ value }) => value),
);
const names = [...declaredParameters.keys()];
const trunkNames = new Set([...names, ...declaredBuffers.keys()]);
const trainedNames = names.filter((_, index) => found[index] !== null);
const session = {
  optimisation: 'basic',
  flushDenormals: true,
  providers: providersOf(values.device as Device),
  threads: values.device === 'cpu' ? 1 : undefined,
} as const;
const compiled = await compile(
  {
    loss,
    both,
    either,
    ...Object.fromEntries(names.flatMap((name, index) => (found[index] ? [[`gradient.${name}`, found[index]]] : []))),
    ...Object.fromEntries([...bufferUpdates].map(([name, value]) => [`buffer.${name}`, value])),
  },
  { runtime: onnxruntimeNode, session },
);
const weights = fittingWeights(
  model,
  checkpoint.weights,
  Number(values.seed),
  (name) => !values.fresh || name.startsWith('text_encoder.') || trunkNames.has(name),
);
const tensors = new Map<string, { data: Float32Array; shape: readonly number[] }>();
for (const name of trunkNames) {
  const { data, shape } = weights.get(name)!;
  tensors.set(name, { data: data.slice(), shape });
}
const trained = new Map(trainedNames.map((name) => [name, tensors.get(name)!]));
const slopes = new Map(trainedNames.map((name) => [name, new Float32Array(elementCount(tensors.get(name)!.shape))]));
const into = Object.fromEntries(
  [...slopes].map(([name, data]) => [`gradient.${name}`, floatTensor(data, tensors.get(name)!.shape)]),
);
const loader = createLoader(
  sets.map(({ dataset, weight }) => ({ dataset: { ...dataset, samples: onePerPicture(dataset) }, weight })),
  {
    split: 'train',
    sizePx: size,
    batch,
    seed: values.seed,
    shuffle: true,
    workers: Number(values.workers),
    cacheMegabytes: Number(values.cache),
    normalise: 'none',
    classMaps: { classes, sizePx: side },
    augment: { ...defaultAugment, crop: { share: 0.8, smallestArea: Number(values.crop) } },
  },
);

const feeds: Record<string, HostTensor> = {};
for (const [name, { data, shape }] of tensors) if (compiled.inputs.has(name)) feeds[name] = floatTensor(data, shape);
const counts = classes.map(() => ({ both: 0, either: 0 }));
const { averages } = await stepsByTheClock({
  parameters: trained,
  batches: loader.from({ epoch: 0, index: 0 }),
  samplesPerBatch: batch,
  minutes,
  rate,
  warmUpSteps: 100,
  weightDecay: Number(values.decay),
  ema: 0.995,
  muon: values.muon ? { runtime: onnxruntimeNode, session } : undefined,
  async stepOf({ pixels: bytes, classMaps }) {
    feeds.pixels = { type: 'uint8', shape: [batch, size, size, 3], data: bytes };
    feeds.class_maps = { type: 'uint8', shape: [batch, side, side], data: classMaps! };
    const results = (await compiled.run(feeds, { into })) as Record<string, HostTensor>;
    for (const name of bufferUpdates.keys()) {
      tensors.get(name)!.data.set(results[`buffer.${name}`].data as Float32Array);
    }
    counts.forEach((count, index) => {
      count.both += Number(results.both.data[index + 1]);
      count.either += Number(results.either.data[index + 1]);
    });
    return { loss: Number(results.loss.data[0]), gradients: slopes };
  },
  told() {
    const known = counts.filter(({ either: cells }) => cells > 0);
    const meanIou = known.reduce((total, count) => total + count.both / count.either, 0) / known.length;
    for (const count of counts) Object.assign(count, { both: 0, either: 0 });
    const waited = (loader.waitedMilliseconds / 1000).toFixed(1);
    return `mean IoU of ${known.length} classes ${(100 * meanIou).toFixed(1)}, waited ${waited} s`;
  },
});
await loader.close();
await compiled.release();
for (const [name, { data, shape }] of tensors) {
  weights.set(name, { type: 'float32', shape, data: averages.get(name)?.slice() ?? data });
}
const finest = weights.get('prior.head.0.bias')!;
const leaned = finest.data.map((bias, index) => bias - Number(values.lean) * Math.log(weighed[index]));
weights.set('prior.head.0.bias', { ...finest, data: leaned });
// The trunk has learnt without words: what they change in it begins at nothing again.
for (const [name, { type, shape }] of weights) {
  if (isLanguageGate(name)) weights.set(name, { type, shape, data: new Float32Array(elementCount(shape)) });
}
const card = await changedCard(folder, 'The trunk was trained by itself (scripts/trunkPretraining.ts).');
await saveCheckpoint(out, { ...checkpoint, model, weights }, { card });
process.stdout.write(`${out}\n`);
