import { contactSheet, decodeImage, drawOverlay, overlayColours, type RgbImage } from '../imagery/index.js';
import type { ValidationSample } from './trainingReporter.js';

const cellPx = 320;
const columns = 4;
/** Pictures on a sheet. */
export const sheetSamples = 12;

/** Which samples of a validation go on the sheet: the same ones each time, spread over all. */
export function sheetPlaces(total: number): ReadonlySet<number> {
  const count = Math.min(total, sheetSamples);
  return new Set(Array.from({ length: count }, (_, index) => Math.floor((index * total) / count)));
}

const [predictedColour, truthColour] = overlayColours;

/** A sheet of predictions (filled) with their truths (outlines), sentences and scores. */
export async function sampleSheet(samples: readonly ValidationSample[]): Promise<RgbImage> {
  const pictures: RgbImage[] = [];
  for (const { sample, image, predicted, score } of samples) {
    // A resized mask of another shape than the picture's is stretched with it.
    const decoded = await decodeImage(image, { orient: sample.image });
    const drawn = await drawOverlay(decoded, [{ colour: predictedColour, mask: predicted }], { widthPx: cellPx });
    const outlined = await drawOverlay(drawn, [{ colour: truthColour, mask: sample.mask() }], {
      widthPx: cellPx,
      fill: 0,
      sentence: sample.sentence,
      note: `IoU ${score.iou.toFixed(2)}${sample.kind === 'none' ? ', nothing is meant' : ''}`,
      legend: [
        { colour: predictedColour, text: 'predicted' },
        { colour: truthColour, text: 'truth' },
      ],
    });
    pictures.push(outlined);
  }
  return contactSheet(pictures, columns, cellPx);
}
