/**
 * Lets the selection of a checkpoint see colours (`selection.colours`, docs/models.md), and teaches it both of their sides
 * from what `refersat generate` writes beside its scenes: what each colour looks like in the middle of things that have it,
 * and which words ask for it of the things that are meant, or rule it out. What else the checkpoint knows stays as it is.
 *
 *   npx tsx scripts/colourWords.ts CHECKPOINT OUT --data DIR [DIR...] [--steps 1500] [--batch 128] [--rate 0.01] [--pictures 600]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createLoader, openDataset } from '../src/datasets/index.js';
import {
  argmax,
  compile,
  constant,
  createScope,
  crossEntropy,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  integerTensor,
  linear,
  permute,
  reshape,
  type Value,
  zeros,
} from '../src/engine/index.js';
import { type ColourName, colourNames } from '../src/generator/index.js';
import { createModel } from '../src/models/index.js';
import { colourVotes } from '../src/models/parts/colourAskedFor.js';
import { readWords } from '../src/models/parts/selectionWords.js';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { createOptimiser } from '../src/training/optimisers/index.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { askedWords } from './askedWords.js';
import { changedCard } from './changedCard.js';
import { fittingWeights } from './fittingWeights.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    steps: { type: 'string', default: '1500' },
    batch: { type: 'string', default: '128' },
    rate: { type: 'string', default: '0.01' },
    pictures: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0) throw new Error('usage: colourWords.ts CHECKPOINT OUT --data DIR');
const [steps, batch, rate] = [values.steps, values.batch, values.rate].map(Number);

const colourSchema = z.enum(colourNames);
const testSchema = z.union([
  z.object({ test: z.literal('colour'), colour: colourSchema }),
  z.object({ test: z.literal('not'), of: z.object({ test: z.literal('colour'), colour: colourSchema }) }),
  z.object({ test: z.string() }),
]);
const scenesSchema = z.object({
  scenes: z.array(
    z.object({
      imageId: z.number(),
      width: z.number(),
      height: z.number(),
      split: z.string(),
      objects: z.array(
        z.object({
          boxXywh: z.tuple([z.number(), z.number(), z.number(), z.number()]),
          areaPx: z.number(),
          colour: colourSchema.nullish(),
        }),
      ),
      sentences: z.array(
        z.object({
          sentence: z.string(),
          form: z.object({ things: z.object({ tests: z.array(testSchema) }).optional() }),
        }),
      ),
    }),
  ),
});

interface Said {
  readonly sentence: string;
  readonly asked: ColourName | null;
  readonly ruledOut: ColourName | null;
}

type Scenes = z.infer<typeof scenesSchema>['scenes'];

const releases = await Promise.all(
  folders.map(async (one) => {
    const dataset = await openDataset(one);
    const { scenes } = scenesSchema.parse(JSON.parse(await readFile(join(dataset.root, 'scenes.json'), 'utf8')));
    return { dataset, scenes };
  }),
);

/** The sentences of a split with the colours of what they mean; of an anchor ("near the red car") none counts. */
function saidIn(scenes: Scenes, split: string): Said[] {
  return scenes
    .filter((scene) => scene.split === split)
    .flatMap(({ sentences }) => sentences)
    .map(({ sentence, form }) => {
      const said: { asked: ColourName | null; ruledOut: ColourName | null } = { asked: null, ruledOut: null };
      for (const test of form.things?.tests ?? []) {
        if ('of' in test) said.ruledOut = test.of.colour;
        else if ('colour' in test) said.asked = test.colour;
      }
      return { sentence, ...said };
    });
}

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const { config } = checkpoint.model;
if (!config.selection) throw new Error(`${folder}: has no selection`);
if (config.reading) throw new Error(`${folder}: reads which colours are asked for; words that vote for them go unused`);
const model = createModel({ ...config, selection: { ...config.selection, colours: true } });
const { maxWords } = config;

const weights = fittingWeights(model, checkpoint.weights, Number(values.seed));

const scope = createScope({ training: false });
const words = askedWords(scope, config, batch);
const selection = scope.child('selection');
const read = readWords(selection.child('asked'), words);
const votes = permute(colourVotes(selection.child('colour'), read, colourNames.length), [0, 2, 1]); // [B, 1 + colours, 2]
const truth = input('truth', [batch, 2], 'int64');
const loss = crossEntropy(votes, truth);
const voteName = 'selection.colour.votes.weight';
const vote = scope.declared.parameters.get(voteName)!;
const [gradient] = gradients(loss, [vote.value]);
const compiled = await compile(
  { loss, found: argmax(votes, 1), gradient: gradient! },
  { runtime: onnxruntimeNode, session: { threads: 1 } },
);

const voting = new Float32Array(weights.get(voteName)!.data as Float32Array);
const frozen: Record<string, HostTensor> = {};
for (const { name, shape } of scope.declared.parameters.values())
  if (name !== voteName) frozen[name] = floatTensor(weights.get(name)!.data as Float32Array, shape);

/** Loss, gradient and the colours that were found for a batch of sentences. */
async function judge(said: readonly Said[]): Promise<{ results: Record<string, HostTensor>; right: boolean[] }> {
  const encoded = encodeBatch(
    checkpoint.tokenizer,
    said.map(({ sentence }) => sentence),
    maxWords,
    {},
  );
  const placeOf = (colour: ColourName | null): number => (colour ? colourNames.indexOf(colour) + 1 : 0);
  const places = said.flatMap(({ asked, ruledOut }) => [placeOf(asked), placeOf(ruledOut)]);
  const results = (await compiled.run({
    ...frozen,
    [voteName]: floatTensor(voting, vote.shape),
    ids: integerTensor(encoded.ids, [batch, maxWords]),
    mask: floatTensor(encoded.wordMask, [batch, maxWords]),
    truth: integerTensor(places, [batch, 2]),
  })) as Record<string, HostTensor>;
  const isRight = (place: number): boolean => Number(results.found.data[place]) === places[place];
  return { results, right: said.map((_, row) => isRight(2 * row) && isRight(2 * row + 1)) };
}

const random = createRandom('colour words', values.seed);
const said = releases.flatMap(({ scenes }) => saidIn(scenes, 'train'));
const optimiser = createOptimiser(
  { kind: 'adamw', learningRate: rate, weightDecay: 0 },
  new Map([[voteName, { data: voting, shape: vote.shape }]]),
);
for (let step = 0; step < steps; step++) {
  const drawn = Array.from({ length: batch }, () => random.pick(said));
  const { results } = await judge(drawn);
  const slopes = new Map([[voteName, results.gradient.data as Float32Array]]);
  await optimiser.step(slopes, rate * 0.5 * (1 + Math.cos((Math.PI * step) / steps)));
  if (step % 100 === 0) process.stdout.write(`step ${step}, loss ${Number(results.loss.data[0]).toFixed(3)}\n`);
}

const kept = releases.flatMap(({ scenes }) => saidIn(scenes, 'val'));
const counts = { colour: [0, 0], none: [0, 0] };
for (let first = 0; first + batch <= kept.length; first += batch) {
  const some = kept.slice(first, first + batch);
  const { right } = await judge(some);
  for (const [row, { asked, ruledOut }] of some.entries()) {
    const count = asked || ruledOut ? counts.colour : counts.none;
    count[0] += Number(right[row]);
    count[1] += 1;
  }
}
await compiled.release();

/** Things with fewer pixels are mostly ground in the cell of their middle. */
const smallestAreaPx = 36;

/** The colour of the cell in the middle of each thing that has a named one, of pictures of a split as the network sees them. */
async function thingsIn(split: string, limit: number): Promise<{ cells: number[]; names: number[] }> {
  const found = { cells: [] as number[], names: [] as number[] };
  const { imageSizePx: side } = config;
  for (const { dataset, scenes } of releases) {
    const ofImage = new Map(scenes.map((scene) => [scene.imageId, scene]));
    const samples = [...new Map(dataset.samples.map((sample) => [sample.image.id, sample])).values()];
    const loader = createLoader(
      { ...dataset, samples },
      { split, sizePx: side, batch: 1, seed: 1, workers: 0, normalise: 'none' },
    );
    let seen = 0;
    for await (const { pixels, samples: asked } of loader.epoch(0)) {
      if (seen++ >= limit) break;
      const { width, height, objects } = ofImage.get(asked[0].image.id)!;
      for (const { boxXywh, areaPx, colour } of objects) {
        if (!colour || areaPx < smallestAreaPx) continue;
        const [x, y, wide, high] = boxXywh;
        const cellOf = (middle: number, size: number): number => 4 * Math.floor((middle / size) * (side / 4));
        const [left, top] = [cellOf(x + wide / 2, width), cellOf(y + high / 2, height)];
        for (let band = 0; band < 3; band++) {
          let sum = 0;
          for (let at = 0; at < 16; at++) sum += pixels[((top + (at >> 2)) * side + left + (at & 3)) * 3 + band];
          found.cells.push(sum / (16 * 255));
        }
        found.names.push(colourNames.indexOf(colour));
      }
    }
    await loader.close();
  }
  return found;
}

const colourWeights = ['selection.colour.weight', 'selection.colour.bias'] as const;

/** What colours look like: logistic regression on all things at once. */
async function learnColours({ cells, names }: Awaited<ReturnType<typeof thingsIn>>): Promise<void> {
  const [weightName, biasName] = colourWeights;
  const [weight, bias] = colourWeights.map((name) => weights.get(name)!);
  const own = createScope({ training: false });
  const declare = (name: string, { shape }: HostTensor): Value => own.parameter(name, shape, zeros);
  const values = [declare(weightName, weight), declare(biasName, bias)] as const;
  const likeness = linear(constant(cells, [names.length, 3]), reshape(values[0], [colourNames.length, 3]), values[1]);
  const truth = constant(names, [names.length], 'int64');
  const loss = crossEntropy(likeness, truth);
  const [ofWeight, ofBias] = gradients(loss, [...values]);
  const outputs = { ofWeight: ofWeight!, ofBias: ofBias! };
  const fitting = await compile(outputs, { runtime: onnxruntimeNode, session: { threads: 1 } });
  const fitted = new Map(
    colourWeights.map((name) => {
      const { data, shape } = weights.get(name)!;
      return [name, { data: Float32Array.from(data as Float32Array), shape }];
    }),
  );
  const rate = 0.3;
  const adam = createOptimiser({ kind: 'adamw', learningRate: rate, weightDecay: 0 }, fitted);
  const rounds = 800;
  for (let round = 0; round < rounds; round++) {
    const feeds = Object.fromEntries([...fitted].map(([name, { data, shape }]) => [name, floatTensor(data, shape)]));
    const results = (await fitting.run(feeds)) as Record<string, HostTensor>;
    const slopes = new Map([
      [weightName, results.ofWeight.data as Float32Array],
      [biasName, results.ofBias.data as Float32Array],
    ]);
    await adam.step(slopes, rate * (1 - round / rounds));
  }
  await fitting.release();
  for (const [name, { data, shape }] of fitted) weights.set(name, { type: 'float32', shape, data });
}

/** Share of the things whose colour is told right. */
function rightColours({ cells, names }: Awaited<ReturnType<typeof thingsIn>>): number {
  const [factors, shifts] = colourWeights.map((name) => weights.get(name)!.data as Float32Array);
  const right = names.filter((name, thing) => {
    const likeness = Array.from(shifts, (shift, colour) =>
      [0, 1, 2].reduce((sum, band) => sum + factors[3 * colour + band] * cells[3 * thing + band], shift),
    );
    return likeness.indexOf(Math.max(...likeness)) === name;
  });
  return right.length / Math.max(1, names.length);
}

const keptThings = await thingsIn('val', Number(values.pictures));
const before = rightColours(keptThings);
await learnColours(await thingsIn('train', Number(values.pictures)));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
process.stdout.write(
  `validation: colours of ${keptThings.names.length} things right ${percent(before)}, now ${percent(rightColours(keptThings))}\n`,
);
const shown = ([right, all]: readonly number[]): string => `${right} of ${all}`;
process.stdout.write(`validation: colours right in ${shown(counts.colour)}, none in ${shown(counts.none)}\n`);
weights.set(voteName, { type: 'float32', shape: vote.shape, data: voting });
const card = await changedCard(folder, 'The selection sees colours (scripts/colourWords.ts).');
await saveCheckpoint(out, { ...checkpoint, model, weights }, { card });
process.stdout.write(`${out}\n`);
