import {
  adaptiveAveragePool,
  add,
  averagePool,
  div,
  layer,
  mul,
  type Scope,
  softmax,
  type Value,
} from '../../engine/index.js';
import { convolutionLayer } from '../../nn/index.js';

/** The colours that English and Chinese have plain names for, as paint looks from above: red, green and blue, 0 to 1. */
export const paints: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0.88, 0.88, 0.87], // white
  [0.12, 0.12, 0.13], // black
  [0.48, 0.48, 0.48], // grey
  [0.7, 0.15, 0.14], // red
  [0.9, 0.5, 0.14], // orange
  [0.92, 0.8, 0.2], // yellow
  [0.2, 0.47, 0.28], // green
  [0.18, 0.34, 0.64], // blue
  [0.42, 0.24, 0.56], // purple
  [0.88, 0.46, 0.66], // pink
  [0.46, 0.31, 0.2], // brown
  [0.82, 0.75, 0.61], // beige
];

/** How far a colour may lie from a paint, before training, and still be like it. */
const tolerance = 0.12;

/** Logits of the paints that fall with the squared distance are linear in the colour. */
const sharpness = 1 / (2 * tolerance ** 2);
const firstWeights = Float32Array.from(paints.flatMap((paint) => paint.map((band) => 2 * sharpness * band)));
const firstBiases = Float32Array.from(paints, (paint) => -sharpness * paint.reduce((sum, band) => sum + band ** 2, 0));

/** Side, in cells, of the neighbourhood whose candidates have one colour. */
const near = 3;

/** Colours of a picture at a quarter of its size, each cell the mean of its pixels: [B, 3, H, W] -> [B, 3, H / 4, W / 4]. */
export const cellColours = (image: Value): Value =>
  adaptiveAveragePool(image, [Math.ceil(image.shape[2] / 4), Math.ceil(image.shape[3] / 4)]);

/**
 * Which plain colour each cell of a candidate has: that of the candidate's cells around it, so that neither the ground
 * beside a small thing nor a spot on a large one counts. It begins at the nearest paint and learns from there.
 * @param colours of the cells, 0 to 1 [B, 3, h, w]
 * @param isCandidate 1 or 0 [B, 1, h, w]
 * @returns shares of the colours, 0 in cells that are no candidate's [B, 12, h, w]
 */
export const candidateColours = layer((scope: Scope, colours: Value, isCandidate: Value): Value => {
  const around = { kernel: near, stride: 1, padding: Math.floor(near / 2) };
  const cells = averagePool(isCandidate, around); // [B, 1, h, w]
  const own = div(averagePool(mul(colours, isCandidate), around), add(cells, 1e-6)); // [B, 3, h, w]
  const likeness = convolutionLayer(scope, own, {
    width: paints.length,
    kernel: 1,
    padding: 0,
    weights: { kind: 'values', values: firstWeights },
    biases: { kind: 'values', values: firstBiases },
  });
  return mul(softmax(likeness, 1), isCandidate); // [B, 12, h, w]
});
