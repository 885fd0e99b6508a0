import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeHtml, explainWriting, writeFolderAtomic } from '../files/index.js';
import { decodeImage, drawOverlay, encodeJpeg, overlayColours, type Rgb } from '../imagery/index.js';
import { rleArea } from '../masks/index.js';
import type { EvaluatedSample } from './evaluate.js';
import { describeReport, type EvaluationReport } from './evaluationReport.js';
import { evaluationTables } from './reports/scoreTable.js';
import { textReport } from './reports/textReport.js';

const pictureWidthPx = 480;
const [predictedColour, truthColour] = overlayColours;

const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** The picture with the prediction filled and the truth outlined. */
async function drawCase({ imagePath, sample, predicted }: EvaluatedSample): Promise<Uint8Array> {
  const image = await decodeImage(imagePath, { orient: sample.image });
  // A mask of another size than the picture's is stretched with it.
  const filled = await drawOverlay(image, [{ colour: predictedColour, mask: predicted }], { widthPx: pictureWidthPx });
  const truth = [{ colour: truthColour, mask: sample.mask() }];
  return encodeJpeg(await drawOverlay(filled, truth, { widthPx: pictureWidthPx, fill: 0 }), 88);
}

function caseHtml(place: number, picture: string, evaluated: EvaluatedSample): string {
  const { id, sample, sentence, predicted, truth, score, probability } = evaluated;
  const facts = [
    `IoU ${(100 * score.iou).toFixed(1)}`,
    sample.kind === 'none' ? 'nothing is meant' : sample.kind,
    sample.category,
    `predicted ${rleArea(predicted).toLocaleString('en')} px`,
    `truth ${rleArea(truth).toLocaleString('en')} px`,
    ...(probability === null ? [] : [`probability of a target ${probability.toFixed(2)}`]),
  ];
  const own = sentence === sample.sentence ? '' : `<p class="own">own sentence: ${escapeHtml(sample.raw)}</p>`;
  const asked = sentence === sample.sentence ? sample.raw : sentence;
  return `<figure id="case-${place}">
<img src="${picture}" alt="${escapeHtml(asked)}" loading="lazy" width="${pictureWidthPx}">
<figcaption><p class="sentence"><b>${place}.</b> <q lang="${sample.language}">${escapeHtml(asked)}</q></p>${own}
<p>${escapeHtml(facts.join(', '))}</p><p class="id">${escapeHtml(`${id}, ${sample.image.file}`)}</p></figcaption>
</figure>`;
}

const style = `body{font:16px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1560px;padding:0 1rem;color:#1c2226;background:#fafaf8}
h1{font-size:1.5rem}pre{overflow-x:auto;font-size:.85rem}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1.2rem}
figure{margin:0;background:#fff;border:1px solid #dcdcd6;border-radius:6px;overflow:hidden}
img{display:block;width:100%;height:auto}figcaption{padding:.6rem .8rem}figcaption p{margin:.2rem 0}
.sentence{font-size:1.05rem}.own,.id{color:#5c666c;font-size:.85rem;overflow-wrap:anywhere}
.key{display:inline-block;width:.9em;height:.9em;vertical-align:-.1em;margin:0 .3em 0 .8em}`;

/**
 * Writes a folder with `index.html` and the pictures of the worst cases: what was asked, prediction and truth over the
 * picture, the scores. It needs nothing beside itself.
 * @throws UserError when the folder is there and not empty, cannot be written, or a picture cannot be read
 */
export async function writeWorstPage(
  folder: string,
  cases: readonly EvaluatedSample[],
  report: EvaluationReport,
  options: { readonly signal?: AbortSignal; readonly onPicture?: () => void } = {},
): Promise<void> {
  const description = describeReport(report);
  await writeFolderAtomic(folder, async (temporary) => {
    await mkdir(join(temporary, 'pictures'));
    const figures: string[] = [];
    for (const [index, evaluated] of cases.entries()) {
      options.signal?.throwIfAborted();
      const picture = `pictures/${String(index + 1).padStart(4, '0')}.jpg`;
      await writeFile(join(temporary, picture), await drawCase(evaluated));
      figures.push(caseHtml(index + 1, picture, evaluated));
      options.onPicture?.();
    }
    const scores = textReport({ description: null, tables: evaluationTables(report) });
    const shown = figures.length === 0 ? '<p>No sample was answered badly.</p>' : figures.join('\n');
    const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Worst cases: ${escapeHtml(description)}</title>
<style>${style}</style></head>
<body>
<h1>The ${figures.length} worst cases</h1>
<p>${escapeHtml(description)}</p>
<p>Lowest IoU first, among equals the most wrong pixels.
<span class="key" style="background:${css(predictedColour)}"></span>predicted
<span class="key" style="border:3px solid ${css(truthColour)};box-sizing:border-box"></span>truth</p>
<details><summary>Scores</summary><pre>${escapeHtml(scores)}</pre></details>
<div class="cases">
${shown}
</div>
</body>
</html>
`;
    await writeFile(join(temporary, 'index.html'), page);
  }).catch((error: unknown) => {
    throw explainWriting(error, folder);
  });
}
