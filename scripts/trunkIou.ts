/**
 * How well the trunk of a checkpoint and the classifier of its category prior name what lies where in pictures of a split,
 * before any word: the IoU of each class over all pictures, and their mean.
 *
 *   npx tsx scripts/trunkIou.ts CHECKPOINT --data DIR [--split val] [--size 320] [--batch 16]
 */
import { parseArgs } from 'node:util';
import { createLoader, openDataset, type Sample, unknownClass } from '../src/datasets/index.js';
import {
  cast,
  compile,
  constant,
  createScope,
  equal,
  type HostTensor,
  input,
  reshape,
  sub,
} from '../src/engine/index.js';
import { trunkOf } from '../src/models/createModel.js';
import { wordlessTrunkMaps } from '../src/models/imagePart.js';
import { categoryHead } from '../src/models/parts/categoryHead.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { findModelFolder } from '../src/segmentation/index.js';
import { imageFromPixels } from '../src/training/imageFromPixels.js';
import { classMapSide } from '../src/training/trainingStep.js';
import { loadInitialWeights } from '../src/weights/index.js';
import { classOverlaps } from './classOverlaps.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    split: { type: 'string', default: 'val' },
    size: { type: 'string', default: '320' },
    batch: { type: 'string', default: '16' },
  },
});
const [source] = positionals;
if (!source || !values.data) throw new Error('usage: trunkIou.ts CHECKPOINT --data DIR');
const [size, batch] = [Number(values.size), Number(values.batch)];

const { model, weights } = await loadInitialWeights(findModelFolder(source));
const { trunk, prior, pixels: normalisation } = model.config;
if (!prior) throw new Error(`${source}: has no category prior`);
const { classes } = prior;
const dataset = await openDataset(values.data);
const onePerPicture = [
  ...new Map(dataset.samples.map((sample): [number, Sample] => [sample.image.id, sample])).values(),
];

const scope = createScope({ training: false });
const pixels = input('pixels', [batch, size, size, 3], 'uint8');
const maps = wordlessTrunkMaps(scope, imageFromPixels(pixels, normalisation), trunkOf(trunk));
const logits = categoryHead(scope.child('prior').child('head'), maps, classes.length + 1); // [B, K, H / 4, W / 4]
const side = classMapSide(size);
const truth = input('class_maps', [batch, side, side], 'uint8');
const cells = cast(truth, 'int64');
const isUnknown = equal(reshape(cells, [batch, 1, side * side]), constant([unknownClass], [1], 'int64'));
const overlaps = classOverlaps(logits, cells, sub(1, cast(isUnknown, 'float32')));
const compiled = await compile(overlaps, { runtime: onnxruntimeNode, weights });

const loader = createLoader(
  { ...dataset, samples: onePerPicture },
  { split: values.split, sizePx: size, batch, seed: '1', normalise: 'none', classMaps: { classes, sizePx: side } },
);
const counts = classes.map(() => ({ both: 0, either: 0, present: 0 }));
for await (const { pixels: bytes, classMaps, samples } of loader.epoch(0)) {
  // The last batch is filled up with cells that do not count.
  const padded = { bytes: new Uint8Array(batch * size * size * 3), maps: new Uint8Array(batch * side * side) };
  padded.bytes.set(bytes);
  padded.maps.fill(unknownClass).set(classMaps!.subarray(0, samples.length * side * side));
  const found = (await compiled.run({
    pixels: { type: 'uint8', shape: [batch, size, size, 3], data: padded.bytes },
    class_maps: { type: 'uint8', shape: [batch, side, side], data: padded.maps },
  })) as Record<keyof typeof overlaps, HostTensor>;
  for (const [index, count] of counts.entries()) {
    for (const name of ['both', 'either', 'present'] as const) count[name] += Number(found[name].data[index + 1]);
  }
}
await loader.close();
await compiled.release();

const seen = classes.flatMap((name, index) => {
  const { both, either, present: there } = counts[index];
  return there > 0 ? [{ name, iou: both / either }] : [];
});
for (const { name, iou } of seen.toSorted((one, other) => other.iou - one.iou)) {
  process.stdout.write(`${name.padEnd(20)} ${(100 * iou).toFixed(1)}\n`);
}
const mean = seen.reduce((total, { iou }) => total + iou, 0) / seen.length;
process.stdout.write(`mean IoU of ${seen.length} classes that are there: ${(100 * mean).toFixed(1)}\n`);
