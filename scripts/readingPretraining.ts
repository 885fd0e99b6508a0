/**
 * Teaches a checkpoint to read sentences (`reading`, docs/models.md): which classes a sentence means, which it measures them
 * against, and the terms of `readTerms`, from the forms that `refersat generate` writes beside its sentences. No picture is
 * seen. What else the checkpoint knows stays as it is; a reading that it has already is trained on.
 *
 *   npx tsx scripts/readingPretraining.ts CHECKPOINT OUT --data DIR [DIR...] [--minutes 5] [--batch 96] [--rate 0.002]
 */
import { parseArgs } from 'node:util';
import { openDataset } from '../src/datasets/index.js';
import {
  compile,
  concat,
  createScope,
  floatTensor,
  gradients,
  type HostTensor,
  input,
  integerTensor,
  mean,
  mul,
  softplus,
  sub,
} from '../src/engine/index.js';
import { createModel } from '../src/models/index.js';
import { readTerms } from '../src/models/parts/readTerms.js';
import { sentenceReading } from '../src/models/parts/sentenceReading.js';
import { createRandom } from '../src/random/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { loadCheckpoint, saveCheckpoint } from '../src/weights/index.js';
import { askedWords } from './askedWords.js';
import { changedCard } from './changedCard.js';
import { fittingWeights } from './fittingWeights.js';
import { type FormTerms, formTerms, readFormScenes } from './formTerms.js';
import { stepsByTheClock } from './stepsByTheClock.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    minutes: { type: 'string', default: '5' },
    batch: { type: 'string', default: '96' },
    rate: { type: 'string', default: '0.002' },
    width: { type: 'string', default: '64' },
    seed: { type: 'string', default: '1' },
  },
});
const [source, out, ...more] = positionals;
const folders = [...values.data, ...more];
if (!source || !out || folders.length === 0) throw new Error('usage: readingPretraining.ts CHECKPOINT OUT --data DIR');
const [minutes, batch, rate, width] = [values.minutes, values.batch, values.rate, values.width].map(Number);

/** Share of known words that are spelt in pieces, so that words which the vocabulary lacks are read as well. */
const splitWords = 0.03;

const folder = findModelFolder(source);
const checkpoint = await loadCheckpoint(folder);
const { config } = checkpoint.model;
if (!config.prior) throw new Error(`${folder}: has no category prior, whose classes are what is read`);
const model = createModel({ ...config, reading: config.reading ?? { width } });
const { maxWords } = config;
const { classes } = config.prior;

interface Said {
  readonly sentence: string;
  readonly construct: string;
  /** 1 for what it says, 0 for the rest: classes meant, classes measured against, terms of both. */
  readonly truth: readonly number[];
}

/** Sets write the same class as `storage_tank` and `storage tank`. */
const spaced = (names: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...names].map((name) => name.replaceAll('_', ' ')));

function truthOf({ targets, anchors, terms, anchorTerms }: FormTerms): number[] {
  const told = (names: readonly string[], said: ReadonlySet<string>): number[] => names.map((name) => +said.has(name));
  return [
    ...told(classes, spaced(targets)),
    ...told(classes, spaced(anchors)),
    ...told(readTerms, terms),
    ...told(readTerms, anchorTerms),
  ];
}

const said: Said[] = [];
const kept: Said[] = [];
for (const one of folders) {
  const { root } = await openDataset(one);
  for (const { split, sentences } of await readFormScenes(root)) {
    const place = split === 'train' ? said : split === 'val' ? kept : null;
    place?.push(...sentences.map(({ form, ...rest }) => ({ ...rest, truth: truthOf(formTerms(form)) })));
  }
}

const weights = fittingWeights(model, checkpoint.weights, Number(values.seed));

const scope = createScope({ training: false });
const words = askedWords(scope, config, batch);
const reading = sentenceReading(scope.child('reading'), words, classes.length, model.config.reading!);
const logits = concat([reading.targets, reading.anchors, reading.terms, reading.anchorTerms], 1);
const outputs = logits.shape[1];
const truth = input('truth', [batch, outputs]);
const loss = mul(mean(sub(softplus(logits), mul(logits, truth))), outputs);
const trained = [...scope.declared.parameters.values()].filter(({ name }) => name.startsWith('reading.'));
const slopes = gradients(
  loss,
  trained.map(({ value }) => value),
);
const compiled = await compile(
  { loss, logits, ...Object.fromEntries(trained.map(({ name }, index) => [`gradient.${name}`, slopes[index]!])) },
  { runtime: onnxruntimeNode, session: { threads: 1 } },
);
const parameters = new Map(
  trained.map(({ name, shape }) => [name, { data: Float32Array.from(weights.get(name)!.data as Float32Array), shape }]),
);

const random = createRandom('reading', values.seed);

/** Loss, logits and gradients of a batch of sentences. */
async function judge(some: readonly Said[], splitWord?: () => boolean): Promise<Record<string, HostTensor>> {
  const encoded = encodeBatch(
    checkpoint.tokenizer,
    some.map(({ sentence }) => sentence),
    maxWords,
    { splitWord },
  );
  const own = [...parameters].map(([name, { data, shape }]): [string, HostTensor] => [name, floatTensor(data, shape)]);
  return (await compiled.run({
    ...Object.fromEntries(own),
    ids: integerTensor(encoded.ids, [batch, maxWords]),
    mask: floatTensor(encoded.wordMask, [batch, maxWords]),
    truth: floatTensor(Float32Array.from(some.flatMap((one) => one.truth)), [batch, outputs]),
  })) as Record<string, HostTensor>;
}

async function* drawn(): AsyncGenerator<readonly Said[]> {
  for (;;) yield Array.from({ length: batch }, () => random.pick(said));
}

const { averages } = await stepsByTheClock({
  parameters,
  batches: drawn(),
  samplesPerBatch: batch,
  minutes,
  rate,
  warmUpSteps: 50,
  weightDecay: 0,
  ema: 0.99,
  async stepOf(some) {
    const results = await judge(some, () => random.next() < splitWords);
    const found = trained.map(({ name }): [string, Float32Array] => [
      name,
      results[`gradient.${name}`].data as Float32Array,
    ]);
    return { loss: Number(results.loss.data[0]), gradients: new Map(found) };
  },
  told: () => '',
});
for (const [name, { data, shape }] of parameters) {
  data.set(averages.get(name)!);
  weights.set(name, { type: 'float32', shape, data });
}

const counts = new Map<string, { right: number; all: number }>();
for (let first = 0; first + batch <= kept.length; first += batch) {
  const some = kept.slice(first, first + batch);
  const { logits: told } = await judge(some);
  for (const [row, { truth: wanted, construct }] of some.entries()) {
    const isRight = wanted.every((is, place) => Number(told.data[row * outputs + place]) > 0 === (is === 1));
    for (const name of ['all', construct]) {
      const { right, all } = counts.get(name) ?? { right: 0, all: 0 };
      counts.set(name, { right: right + Number(isRight), all: all + 1 });
    }
  }
}
await compiled.release();
const shown = [...counts].map(([name, { right, all }]) => `${name} ${right} of ${all}`);
process.stdout.write(`validation sentences read without a mistake: ${shown.join(', ')}\n`);
const card = await changedCard(folder, 'It reads sentences (scripts/readingPretraining.ts).');
await saveCheckpoint(out, { ...checkpoint, model, weights }, { card });
process.stdout.write(`${out}\n`);
