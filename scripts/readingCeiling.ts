/**
 * What the rules that follow a reading (`choiceAsRead`) reach at most: the forms of generated sentences are what is read, and
 * everything of the classes that they mean, from the outlines, is a candidate. The IoU of what the rules leave beside that of
 * all candidates, by what the sentences rest on. Sentences with a colour are left out, since outlines have none.
 *
 *   npx tsx scripts/readingCeiling.ts --data DIR [--split val] [--limit 560] [--side 120]
 */
import { parseArgs } from 'node:util';
import { categoryNames, createLoader, openDataset } from '../src/datasets/index.js';
import {
  add,
  cast,
  compile,
  createScope,
  floatTensor,
  greater,
  type HostTensor,
  initialise,
  input,
} from '../src/engine/index.js';
import { anchorCandidates } from '../src/models/parts/anchorsAsRead.js';
import { thingsOfEach } from '../src/models/parts/candidateThings.js';
import { choiceAsRead } from '../src/models/parts/choiceAsRead.js';
import { readTerms } from '../src/models/parts/readTerms.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { type FormTerms, formTerms, readFormScenes } from './formTerms.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    split: { type: 'string', default: 'val' },
    limit: { type: 'string', default: '560' },
    side: { type: 'string', default: '120' },
  },
});
if (!values.data) throw new Error('usage: readingCeiling.ts --data DIR');
const [side, limit] = [Number(values.side), Number(values.limit)];
const batch = 8;

const dataset = await openDataset(values.data);
const classes = categoryNames([dataset]);
const scenes = await readFormScenes(dataset.root);
const asked = new Map<number, FormTerms & { construct: string }>();
for (const { sentenceId, construct, form } of scenes.flatMap(({ sentences }) => sentences)) {
  if (!JSON.stringify(form).includes('"colour"')) asked.set(sentenceId, { ...formTerms(form), construct });
}
const samples = dataset.samples.filter(({ kind, sentenceId }) => kind !== 'none' && asked.has(sentenceId ?? -1));

const scope = createScope({ training: false });
const found = input('found', [batch, 1, side, side]);
const shares = input('shares', [batch, classes.length, side, side]);
const reading = {
  targets: input('targets', [batch, classes.length]),
  anchors: input('anchors', [batch, classes.length]),
  terms: input('terms', [batch, readTerms.length]),
  anchorTerms: input('anchor_terms', [batch, readTerms.length]),
};
const candidates = anchorCandidates(shares, reading);
const [counted, ofAnchors] = thingsOfEach([{ found, isCandidate: cast(greater(found, 0), 'float32') }, candidates]);
const chosen = add(found, choiceAsRead(scope, found, counted, { candidates, counted: ofAnchors }, reading));
const compiled = await compile({ chosen }, { runtime: onnxruntimeNode, session: { threads: 1 } });
const parameters = [...scope.declared.parameters.values()].map(({ name, shape, initialiser }): [string, HostTensor] => [
  name,
  floatTensor(initialise(initialiser, shape, 1, name), shape),
]);

const area = side * side;
/** Logits, and a classifier's share, of what is surely there and surely not. */
const sure = { is: 4, isNot: -6, read: 8, share: 0.95 };

const logitsOf = (names: readonly string[], said: readonly ReadonlySet<string>[]): HostTensor =>
  floatTensor(Float32Array.from(said.flatMap((one) => names.map((name) => (one.has(name) ? sure.read : -sure.read)))), [
    batch,
    names.length,
  ]);

const totals = new Map<string, { count: number; chosen: number; all: number }>();
const loader = createLoader(
  { ...dataset, samples },
  {
    split: values.split,
    sizePx: side,
    batch,
    seed: 1,
    shuffle: true,
    workers: 0,
    normalise: 'none',
    classMaps: { classes, sizePx: side },
  },
);
let seen = 0;
for await (const { classMaps, masks, samples: drawn } of loader.epoch(0)) {
  seen += batch;
  if (seen > limit || drawn.length < batch) break;
  const said = drawn.map(({ sentenceId }) => asked.get(sentenceId!)!);
  const candidates = new Float32Array(batch * area).fill(sure.isNot);
  const told = new Float32Array(batch * classes.length * area);
  for (let cell = 0; cell < batch * area; cell++) {
    const [row, at] = [Math.floor(cell / area), cell % area];
    const own = classMaps![cell] - 1;
    if (own < 0 || own >= classes.length) continue;
    told[(row * classes.length + own) * area + at] = sure.share;
    if (said[row].targets.has(classes[own])) candidates[cell] = sure.is;
  }
  const results = (await compiled.run({
    ...Object.fromEntries(parameters),
    found: floatTensor(candidates, [batch, 1, side, side]),
    shares: floatTensor(told, [batch, classes.length, side, side]),
    targets: logitsOf(
      classes,
      said.map(({ targets }) => targets),
    ),
    anchors: logitsOf(
      classes,
      said.map(({ anchors }) => anchors),
    ),
    terms: logitsOf(
      readTerms,
      said.map(({ terms }) => terms),
    ),
    anchor_terms: logitsOf(
      readTerms,
      said.map(({ anchorTerms }) => anchorTerms),
    ),
  })) as Record<string, HostTensor>;
  for (const [row, { construct }] of said.entries()) {
    const iouOf = (isFound: (cell: number) => boolean): number => {
      let [both, either] = [0, 0];
      for (let cell = row * area; cell < (row + 1) * area; cell++) {
        both += Number(isFound(cell) && masks[cell] === 1);
        either += Number(isFound(cell) || masks[cell] === 1);
      }
      return both / Math.max(1, either);
    };
    const [ofChosen, ofAll] = [
      iouOf((cell) => Number(results.chosen.data[cell]) > 0),
      iouOf((cell) => candidates[cell] > 0),
    ];
    for (const name of [construct, 'all']) {
      const total = totals.get(name) ?? { count: 0, chosen: 0, all: 0 };
      totals.set(name, { count: total.count + 1, chosen: total.chosen + ofChosen, all: total.all + ofAll });
    }
  }
}
await loader.close();
await compiled.release();
process.stdout.write(
  '| | sentences | everything of the classes | what the rules leave |\n| --- | ---: | ---: | ---: |\n',
);
for (const [name, { count, chosen, all }] of [...totals].sort(([one], [other]) => (one < other ? -1 : 1))) {
  const percent = (sum: number): string => ((100 * sum) / count).toFixed(1);
  process.stdout.write(`| ${name} | ${count} | ${percent(all)} | ${percent(chosen)} |\n`);
}
