/**
 * Teaches the selection of a checkpoint what places and sizes mean, before it sees a network's own candidates: everything of
 * the target's category is a candidate, with some noise, and the selection alone is trained to choose the target among
 * them. What the checkpoint reads of the sentences (scripts/readingPretraining.ts) stays as it is. Where it sees colours
 * (scripts/colourWords.ts), sentences that name one come too, and those without a target, for which nothing of the category
 * may stay. Without a trunk it sees many times as many sentences a minute.
 *
 *   npx tsx scripts/selectionPretraining.ts CHECKPOINT OUT --data DIR [DIR...] [--minutes 10] [--side 96] [--width 32]
 *
 *   --things          candidates are counted as things, too, as in a checkpoint that counts them already
 *   --often A,B,...   sentences of these constructs (of the scenes.json that `refersat generate` writes) come twelve times as often
 *   --doubts D        largest deviation of what makes candidates miss things and invent others (default 0)
 *   --muon            Muon instead of AdamW
 */
import { parseArgs } from 'node:util';
import {
  categoryNames,
  createLoader,
  namesColour,
  openDataset,
  type Sample,
  sentenceConstructs,
} from '../src/datasets/index.js';
import {
  add,
  compile,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  initialise,
  input,
  integerTensor,
} from '../src/engine/index.js';
import { createModel } from '../src/models/index.js';
import { candidateSelection } from '../src/models/parts/candidateSelection.js';
import { sentenceReading } from '../src/models/parts/sentenceReading.js';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { imageFromPixels } from '../src/training/imageFromPixels.js';
import { lossSchema, overlapCounts, segmentationLoss } from '../src/training/segmentationLoss.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { askedWords } from './askedWords.js';
import { changedCard } from './changedCard.js';
import { stepsByTheClock } from './stepsByTheClock.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '10' },
    side: { type: 'string', default: '96' },
    width: { type: 'string', default: '32' },
    things: { type: 'boolean', default: false },
    often: { type: 'string', default: '' },
    muon: { type: 'boolean', default: false },
    doubts: { type: 'string', default: '0' },
    batch: { type: 'string', default: '16' },
    rate: { type: 'string', default: '0.004' },
    seed: { type: 'string', default: '1' },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0)
  throw new Error('usage: selectionPretraining.ts CHECKPOINT OUT --data DIR');
const [minutes, side, width, batch, rate] = [values.minutes, values.side, values.width, values.batch, values.rate].map(
  Number,
);

const mostDoubt = Number(values.doubts);

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const { config } = checkpoint.model;
const colours = config.selection?.colours === true;
const things = values.things || config.selection?.things === true;
const model = createModel({ ...config, selection: { ...config.selection, width, things } });
const { maxWords } = model.config;
const datasets = await Promise.all(folders.map((one) => openDataset(one)));
const classes = model.config.prior?.classes ?? categoryNames(datasets);

const scope = createScope({ training: false });
const words = askedWords(scope, model.config, batch);
const reads = config.reading && config.prior ? config.reading : null;
const asRead = reads && {
  reading: sentenceReading(scope.child('reading'), words, classes.length, reads),
  classes: input('shares', [batch, classes.length, side, side]),
};
const candidates = input('candidates', [batch, 2, side, side]);
const pixels = input('pixels', [batch, side, side, 3], 'uint8');
const seen = { logits: candidates, words, asRead, colours: colours ? imageFromPixels(pixels, 'unit') : null };
const chosen = add(candidates, candidateSelection(scope.child('selection'), seen, model.config.selection!));
const target = input('target', [batch, side, side], 'uint8');
const settings = lossSchema.parse({ dice: 1, backgroundWeight: 1, objectWeight: 1 });
const { loss, margin } = segmentationLoss(
  scope,
  { decoder: chosen, exists: null, alignCorners: true },
  target,
  settings,
);
const overlap = overlapCounts(margin, target);

/** How often the sentences of the constructs that are asked for come, relative to the others. */
const oftener = 12;

const constructs = new Map<Sample, string>();
for (const dataset of datasets) {
  const known = await sentenceConstructs(dataset);
  for (const sample of dataset.samples) constructs.set(sample, known?.get(sample.sentenceId ?? -1) ?? 'other');
}
const often = new Set(values.often.split(','));

const random = createRandom('selection pretraining', values.seed);
const trained = [...scope.declared.parameters.values()].filter(({ name }) => name.startsWith('selection.'));
const found = gradients(
  loss,
  trained.map(({ value }) => value),
);
const fetches = Object.fromEntries(trained.flatMap(({ name }, index) => (found[index] ? [[name, found[index]]] : [])));
const compiled = await compile(
  {
    loss,
    ...overlap,
    ...Object.fromEntries(Object.entries(fetches).map(([name, value]) => [`gradient.${name}`, value])),
  },
  { runtime: onnxruntimeNode, session: { threads: 1, flushDenormals: true } },
);
const weights = new Map(checkpoint.weights);
const parameters = new Map<string, { data: Float32Array; shape: readonly number[] }>();
for (const { name, shape, initialiser } of trained) {
  const known = weights.get(name);
  const data = known?.shape.join() === shape.join() ? (known.data as Float32Array) : null;
  parameters.set(name, { data: data ?? initialise(initialiser, shape, Number(values.seed), name), shape });
}

const loader = createLoader(
  datasets.map((dataset) => ({
    dataset: {
      ...dataset,
      samples: colours
        ? dataset.samples
        : dataset.samples.filter(({ kind, sentence }) => kind !== 'none' && !namesColour(sentence)),
    },
    weight: 1,
  })),
  {
    split: 'train',
    sizePx: side,
    batch,
    seed: values.seed,
    weight: (sample) => (often.has(constructs.get(sample)!) ? oftener : 1),
    shuffle: true,
    workers: 0,
    normalise: 'none',
    classMaps: { classes, sizePx: side },
    augment: { flipHorizontal: 0.5, flipVertical: 0.5, rotate: 0.5 },
  },
);

const area = side * side;

/** Cells along a side of the grid that a decoder's doubts are drawn on: some things are missed as a whole, or in part. */
const doubtCells = 10;

/** Normal noise that changes over a tenth of the map, by its row and column: nothing where no doubts are asked for. */
function drawDoubts(): (row: number, column: number) => number {
  if (mostDoubt === 0) return () => 0;
  const deviation = random.uniform(0, mostDoubt);
  const corners = Float32Array.from({ length: (doubtCells + 1) ** 2 }, () => random.normal());
  return (row, column) => {
    const [down, across] = [(row / side) * doubtCells, (column / side) * doubtCells];
    const [top, left] = [Math.floor(down), Math.floor(across)];
    const corner = top * (doubtCells + 1) + left;
    const along = (at: number): number => corners[at] + (corners[at + 1] - corners[at]) * (across - left);
    return deviation * (along(corner) + (along(corner + doubtCells + 1) - along(corner)) * (down - top));
  };
}

/**
 * Everything of the class that most of the target has, or of the one asked for in vain, as the logits of a decoder that is
 * not always sure.
 */
function drawCandidates(classMaps: Uint8Array, masks: Uint8Array, samples: readonly Sample[]): Float32Array {
  const logits = new Float32Array(batch * 2 * area);
  for (let row = 0; row < batch; row++) {
    const votes = new Map<number, number>();
    for (let cell = row * area; cell < (row + 1) * area; cell++) {
      if (masks[cell]) votes.set(classMaps[cell], (votes.get(classMaps[cell]) ?? 0) + 1);
    }
    const most =
      [...votes].sort((one, other) => other[1] - one[1])[0]?.[0] ?? classes.indexOf(samples[row].category) + 1;
    const [inside, outside, noise] = [random.uniform(1.5, 5), random.uniform(-6, -3), random.uniform(0, 0.4)];
    const doubts = drawDoubts();
    for (let cell = 0; cell < area; cell++) {
      const is = (most > 0 && classMaps[row * area + cell] === most) || masks[row * area + cell] === 1;
      const doubt = doubts(Math.floor(cell / side), cell % side);
      logits[(row * 2 + 1) * area + cell] = (is ? inside : outside) + doubt + noise * random.normal();
    }
  }
  return logits;
}

/** Shares of the classes as of a classifier that is not always sure. */
function drawShares(classMaps: Uint8Array): Float32Array {
  const shares = new Float32Array(batch * classes.length * area);
  for (let row = 0; row < batch; row++) {
    const doubts = drawDoubts();
    for (let cell = 0; cell < area; cell++) {
      const own = classMaps[row * area + cell];
      if (own === 0 || own > classes.length) continue;
      const doubt = doubts(Math.floor(cell / side), cell % side) + 0.3 * random.normal();
      shares[(row * classes.length + own - 1) * area + cell] = 1 / (1 + Math.exp(-3 - doubt));
    }
  }
  return shares;
}

const tallies = new Map<string, { count: number; iou: number }>();
function count(sample: Sample, iou: number): void {
  const construct = constructs.get(sample)!;
  for (const name of ['all', sample.kind === 'none' ? `no ${construct}` : construct]) {
    const tally = tallies.get(name) ?? { count: 0, iou: 0 };
    tallies.set(name, { count: tally.count + 1, iou: tally.iou + iou });
  }
}

const { averages } = await stepsByTheClock({
  parameters,
  batches: loader.from({ epoch: 0, index: 0 }),
  samplesPerBatch: batch,
  minutes,
  rate,
  warmUpSteps: 50,
  weightDecay: 0,
  ema: 0.99,
  muon: values.muon ? { runtime: onnxruntimeNode, session: { threads: 1, flushDenormals: true } } : undefined,
  async stepOf({ pixels: bytes, masks, classMaps, sentences, samples }) {
    const encoded = encodeBatch(checkpoint.tokenizer, sentences, maxWords, {});
    const feeds: Record<string, HostTensor> = {
      ids: integerTensor(encoded.ids, [batch, maxWords]),
      candidates: floatTensor(drawCandidates(classMaps!, masks, samples), [batch, 2, side, side]),
      target: { type: 'uint8', shape: [batch, side, side], data: masks },
      mask: floatTensor(encoded.wordMask, [batch, maxWords]),
    };
    if (asRead) feeds.shares = floatTensor(drawShares(classMaps!), [batch, classes.length, side, side]);
    if (colours) feeds.pixels = { type: 'uint8', shape: [batch, side, side, 3], data: bytes };
    for (const [name, { role, shape }] of compiled.inputs) {
      const own = parameters.get(name);
      if (own) feeds[name] = floatTensor(own.data, own.shape);
      else if (role === 'parameter') feeds[name] = floatTensor(weights.get(name)!.data as Float32Array, shape);
    }
    const results = (await compiled.run(feeds)) as Record<string, HostTensor>;
    const unions = results.union.data as Float32Array;
    (results.intersection.data as Float32Array).forEach((both, row) => {
      count(samples[row], unions[row] === 0 ? 1 : both / unions[row]);
    });
    const names = Object.keys(fetches);
    return {
      loss: Number(results.loss.data[0]),
      gradients: new Map(names.map((name) => [name, results[`gradient.${name}`].data as Float32Array])),
    };
  },
  told() {
    const one = ([name, { count: samples, iou }]: [string, { count: number; iou: number }]): string =>
      `${name} ${((100 * iou) / samples).toFixed(1)}`;
    const text = `IoU ${[...tallies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(one)
      .join(', ')}`;
    tallies.clear();
    return text;
  },
});
await loader.close();
await compiled.release();
for (const [name, { shape }] of parameters) {
  const data = averages.get(name)!.slice();
  weights.set(name, { type: 'float32', shape, data });
}
const card = await changedCard(folder, 'The selection was trained by itself (scripts/selectionPretraining.ts).');
await saveCheckpoint(out, { ...checkpoint, model, weights }, { card });
process.stdout.write(`${out}\n`);
