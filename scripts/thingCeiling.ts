/**
 * What a selection can reach at most behind a trunk's category prior, on generated sentences that name a rank from a side
 * and nothing else ("the second car from the left"): of the connected cells that the prior gives the category, the one
 * with the asked rank by a rule, and the one that covers the target best, beside what the model answers.
 *
 *   npx tsx scripts/thingCeiling.ts CHECKPOINT --data DIR [--split val] [--limit 160] [--share 0.5]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createLoader, openDataset } from '../src/datasets/index.js';
import { compile, floatTensor, type HostTensor, integerTensor, slice, softmax } from '../src/engine/index.js';
import { buildModel } from '../src/models/index.js';
import { foregroundMargin } from '../src/models/parts/foregroundMargin.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { encodeBatch, findModelFolder } from '../src/segmentation/index.js';
import { loadCheckpoint } from '../src/weights/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    split: { type: 'string', default: 'val' },
    limit: { type: 'string', default: '160' },
    share: { type: 'string', default: '0.5' },
  },
});
const [source] = positionals;
if (!source || !values.data) throw new Error('usage: thingCeiling.ts CHECKPOINT --data DIR');

const rankedSchema = z.object({
  form: z.literal('the'),
  things: z.object({
    tests: z.array(z.unknown()).length(0),
    pick: z.object({ pick: z.literal('fromSide'), side: z.enum(['left', 'right', 'top', 'bottom']), rank: z.number() }),
  }),
});
const scenesSchema = z.object({
  scenes: z.array(
    z.object({ sentences: z.array(z.object({ sentenceId: z.number(), construct: z.string(), form: z.unknown() })) }),
  ),
});

const { model, weights, tokenizer } = await loadCheckpoint(findModelFolder(source));
const { imageSizePx, maxWords, prior } = model.config;
if (!prior) throw new Error(`${source}: has no category prior`);
const built = buildModel(model, { batch: 1, training: false });
const side = imageSizePx / 4;
const shares = slice(softmax(built.categories!, 1), 1, 1, prior.classes.length); // [1, classes, side, side]
const answer = foregroundMargin(built.outputs.logits); // [1, 1, size, size]
const compiled = await compile({ shares, answer }, { runtime: onnxruntimeNode, session: { threads: 1 }, weights });

const dataset = await openDataset(values.data);
const { scenes } = scenesSchema.parse(JSON.parse(await readFile(join(dataset.root, 'scenes.json'), 'utf8')));
/** Side, rank and construct of the sentences that are asked, by their numbers. */
const picks = new Map<number, z.infer<typeof rankedSchema>['things']['pick'] & { construct: string }>();
for (const { sentenceId, construct, form } of scenes.flatMap(({ sentences }) => sentences)) {
  const ranked = rankedSchema.safeParse(form);
  if (ranked.success) picks.set(sentenceId, { ...ranked.data.things.pick, construct });
}
const samples = dataset.samples.filter(({ kind, sentenceId }) => kind === 'single' && picks.has(sentenceId ?? -1));

interface Thing {
  readonly cells: readonly number[];
  readonly middle: readonly [x: number, y: number];
}

/** Connected cells (corners count), each with the middle of its box. */
function thingsOf(isCandidate: readonly boolean[]): Thing[] {
  const seen = new Uint8Array(side * side);
  const things: Thing[] = [];
  for (const start of isCandidate.keys()) {
    if (!isCandidate[start] || seen[start]) continue;
    const cells = [start];
    seen[start] = 1;
    for (const cell of cells) {
      const [x, y] = [cell % side, Math.floor(cell / side)];
      for (let row = Math.max(0, y - 1); row <= Math.min(side - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(side - 1, x + 1); column++) {
          const next = row * side + column;
          if (!isCandidate[next] || seen[next]) continue;
          seen[next] = 1;
          cells.push(next);
        }
      }
    }
    const middleOf = (places: number[]): number => (Math.min(...places) + Math.max(...places)) / 2;
    things.push({
      cells,
      middle: [middleOf(cells.map((cell) => cell % side)), middleOf(cells.map((cell) => Math.floor(cell / side)))],
    });
  }
  return things;
}

/** IoU of some cells with the target's. */
function iouOf(cells: Iterable<number>, target: ReadonlySet<number>): number {
  const own = new Set(cells);
  const both = [...own].filter((cell) => target.has(cell)).length;
  return both / Math.max(1, own.size + target.size - both);
}

const totals = new Map<string, { count: number; sums: number[] }>();
const loader = createLoader(
  { ...dataset, samples },
  { split: values.split, sizePx: imageSizePx, batch: 1, seed: 1, workers: 0 },
);
let judged = 0;
for await (const { images, masks, sentences, samples: asked } of loader.epoch(0)) {
  if (judged++ >= Number(values.limit)) break;
  const [sample] = asked;
  const { side: from, rank, construct } = picks.get(sample.sentenceId!)!;
  const encoded = encodeBatch(tokenizer, sentences, maxWords, {});
  const told = (await compiled.run({
    image: floatTensor(images, [1, 3, imageSizePx, imageSizePx]),
    ids: integerTensor(encoded.ids, [1, maxWords]),
    mask: floatTensor(encoded.wordMask, [1, maxWords]),
  })) as Record<'shares' | 'answer', HostTensor>;

  const every = Array.from({ length: side * side }, (_, cell) => cell);
  const middlePixel = (cell: number): number => (Math.floor(cell / side) * 4 + 2) * imageSizePx + (cell % side) * 4 + 2;
  const target = new Set(every.filter((cell) => masks[middlePixel(cell)] === 1));
  const first = prior.classes.indexOf(sample.category) * side * side;
  const isCandidate = every.map((cell) => Number(told.shares.data[first + cell]) > Number(values.share));
  const axis = from === 'left' || from === 'right' ? 0 : 1;
  const direction = from === 'left' || from === 'top' ? 1 : -1;
  const things = thingsOf(isCandidate).sort((one, other) => direction * (one.middle[axis] - other.middle[axis]));
  const ious = [
    iouOf(
      every.filter((cell) => Number(told.answer.data[middlePixel(cell)]) > 0),
      target,
    ),
    iouOf(
      every.filter((cell) => isCandidate[cell]),
      target,
    ),
    iouOf(things[rank - 1]?.cells ?? [], target),
    Math.max(0, ...things.map(({ cells }) => iouOf(cells, target))),
  ];
  const { count, sums } = totals.get(construct) ?? { count: 0, sums: [0, 0, 0, 0] };
  totals.set(construct, { count: count + 1, sums: sums.map((sum, place) => sum + ious[place]) });
}
await loader.close();
await compiled.release();
process.stdout.write('| sentences | | answer | everything of the category | by rank | best thing |\n');
process.stdout.write('| --- | ---: | ---: | ---: | ---: | ---: |\n');
for (const [name, { count, sums }] of totals) {
  process.stdout.write(`| ${name} | ${count} | ${sums.map((sum) => ((100 * sum) / count).toFixed(1)).join(' | ')} |\n`);
}
