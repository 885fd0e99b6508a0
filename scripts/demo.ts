/**
 * `npm run demo`: segments the pictures of `samples/` by the sentences of `samples/questions.jsonl` on the shipped
 * weights, prints a table and writes `demo/index.html` with the overlays.
 *
 *   --model NAME|FOLDER   other weights (default open)
 *   --out FOLDER          default demo
 *   --sheet FILE          also a contact sheet of twelve answers as JPEG (the picture of README.md)
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { writeFileAtomic } from '../src/files/index.js';
import {
  contactSheet,
  decodeImage,
  drawOverlay,
  encodeJpeg,
  overlayColours,
  type RgbImage,
} from '../src/imagery/index.js';
import { emptyRle, type Rle, rleFromString, rleIou } from '../src/masks/index.js';
import { type EncodedImage, loadModel, type Segmentation } from '../src/segmentation/index.js';
import { type DemoAnswer, demoPage } from './demoPage.js';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'open' },
    out: { type: 'string', default: 'demo' },
    sheet: { type: 'string' },
  },
});

/** Answers on the contact sheet. */
const sheetPictures = 12;

const root = fileURLToPath(new URL('..', import.meta.url));
const questionSchema = z.object({
  image: z.string(),
  sentence: z.string(),
  origin: z.enum(['real', 'generated']),
  /** What the annotations say; null where the picture's things have no masks. */
  truth: z.object({ size: z.tuple([z.number(), z.number()]), counts: z.string() }).nullable(),
});
type Question = z.infer<typeof questionSchema>;

function agreement(truth: Question['truth'], result: Segmentation): number | null {
  if (truth === null) return null;
  const [height, width] = truth.size;
  const meant: Rle = truth.counts === '' ? emptyRle(height, width) : rleFromString(truth.counts, height, width);
  if (!result.found) return meant.counts.length <= 1 ? 1 : 0;
  return rleIou([result.mask], [meant])[0][0];
}

const questions = readFileSync(join(root, 'samples/questions.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => questionSchema.parse(JSON.parse(line)));
const out = resolve(values.out);
const started = performance.now();
const model = await loadModel(values.model);
const answers: DemoAnswer[] = [];
const pictures: RgbImage[] = [];
let current = null as { path: string; image: RgbImage; encoded: EncodedImage } | null;
for (const [index, question] of questions.entries()) {
  const path = join(root, 'samples', question.image);
  if (!existsSync(path)) throw new Error(`${path}: is missing; clone the repository whole`);
  if (current?.path !== path) {
    const image = await decodeImage(path);
    current = { path, image, encoded: await model.encode(image) };
  }
  const result = await current.encoded.segment(question.sentence);
  const iou = agreement(question.truth, result);
  const picture = await drawOverlay(current.image, [{ colour: overlayColours[0], mask: result.mask }], {
    widthPx: 480,
    sentence: question.sentence,
    note: `${result.found ? 'found' : 'nothing found'}, score ${result.score.toFixed(2)}${iou === null ? '' : `, IoU ${iou.toFixed(2)}`}`,
  });
  const overlay = `${String(index + 1).padStart(2, '0')}.jpg`;
  await writeFileAtomic(join(out, overlay), await encodeJpeg(picture, 82));
  answers.push({ question, result, iou, overlay });
  pictures.push(picture);
}
await model.close();

const cell = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
const row = (...[image, sentence, found, score, iou, time]: string[]): string =>
  `${cell(image.replace(/^.*\//, ''), 26)} ${cell(sentence, 48)} ${cell(found, 10)} ${score.padStart(5)} ${iou.padStart(5)} ${time.padStart(7)}\n`;
process.stdout.write(row('picture', 'sentence', 'found', 'score', 'IoU', 'time'));
for (const { question, result, iou } of answers) {
  process.stdout.write(
    row(
      question.image,
      question.sentence,
      result.found ? `${result.area} px` : 'nothing',
      result.score.toFixed(2),
      iou === null ? '-' : iou.toFixed(2),
      `${result.milliseconds.toFixed(0)} ms`,
    ),
  );
}
for (const origin of ['real', 'generated'] as const) {
  const known = answers.flatMap(({ question, iou }) => (question.origin === origin && iou !== null ? [iou] : []));
  const mean = known.reduce((sum, iou) => sum + iou, 0) / Math.max(1, known.length);
  process.stdout.write(`${origin} pictures: mean IoU ${mean.toFixed(2)} over ${known.length} sentences\n`);
}
await writeFileAtomic(join(out, 'index.html'), demoPage(answers, model.name));
if (values.sheet !== undefined) {
  // Evenly chosen, hits and misses alike.
  const shown = Array.from({ length: sheetPictures }, (_, index) =>
    Math.floor((index * pictures.length) / sheetPictures),
  );
  const sheet = contactSheet(
    shown.map((index) => pictures[index]),
    4,
    360,
  );
  await writeFileAtomic(values.sheet, await encodeJpeg(sheet, 80));
}
process.stdout.write(
  `model ${model.name}: ${answers.length} sentences in ${((performance.now() - started) / 1000).toFixed(1)} s\n${join(values.out, 'index.html')}\n`,
);
