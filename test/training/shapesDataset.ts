import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ReleaseAnnotation,
  type ReleaseImage,
  type ReleaseReference,
  writeNwpuRefer,
} from '../../src/datasets/index.js';
import { addNoise, blankImage, encodePng, type Rgb } from '../../src/imagery/index.js';
import { decodeRle, rleFromPolygons } from '../../src/masks/index.js';
import { createRandom } from '../../src/random/index.js';

const colours: Readonly<Record<string, Rgb>> = {
  red: [190, 60, 50],
  blue: [60, 90, 190],
  white: [235, 235, 230],
  yellow: [220, 200, 70],
};

/** Dark water to bright sand: pictures whose levels differ much, as those of a small batch do. */
const grounds: readonly Rgb[] = [
  [15, 25, 45],
  [60, 95, 50],
  [120, 120, 125],
  [195, 175, 140],
];

export interface ShapesOptions {
  readonly pictures: number;
  readonly sizePx: number;
  readonly split?: string;
  readonly seed?: number;
}

/**
 * Writes a small set of large targets that only the sentence tells apart: each picture has a field and a tank of two
 * colours, one left and one right, and a sentence about each. Two samples a picture, all in one split.
 */
export async function writeShapes(folder: string, options: ShapesOptions): Promise<void> {
  const { pictures, sizePx, split = 'train', seed = 1 } = options;
  const images: ReleaseImage[] = [];
  const annotations: ReleaseAnnotation[] = [];
  const references: ReleaseReference[] = [];
  await mkdir(join(folder, 'image'), { recursive: true });
  for (let index = 0; index < pictures; index++) {
    const random = createRandom('shapes', seed, index);
    const file = `${index}.png`;
    const image = addNoise(blankImage(sizePx, sizePx, grounds[index % grounds.length]), 8, random);
    images.push({ id: index + 1, file, width: sizePx, height: sizePx });
    const [first, second] = random.shuffle(Object.keys(colours));
    const isFieldLeft = random.next() < 0.5;
    for (const [place, colour] of [first, second].entries()) {
      const isField = place === 0;
      const isLeft = isField === isFieldLeft;
      const x = sizePx * ((isLeft ? 0.27 : 0.73) + random.uniform(-0.03, 0.03));
      const y = sizePx * random.uniform(0.35, 0.65);
      const [halfWidth, halfHeight] = [0.18, random.uniform(0.18, 0.28)].map((half) => half * sizePx);
      const polygon = isField
        ? [-1, -1, 1, -1, 1, 1, -1, 1].map((sign, at) => (at % 2 === 0 ? x + sign * halfWidth : y + sign * halfHeight))
        : Array.from({ length: 48 }, (_, at) => {
            const angle = ((at >> 1) / 24) * 2 * Math.PI;
            return at % 2 === 0 ? x + 1.1 * halfWidth * Math.cos(angle) : y + 1.1 * halfWidth * Math.sin(angle);
          });
      const mask = decodeRle(rleFromPolygons([polygon], sizePx, sizePx));
      for (const [at, value] of mask.entries()) if (value) image.data.set(colours[colour], at * 3);
      const id = annotations.length + 1;
      annotations.push({ id, imageId: index + 1, category: isField ? 'grass' : 'storage tank', polygons: [polygon] });
      const raw = isField ? `the ${colour} field` : `the ${colour} tank on the ${isLeft ? 'left' : 'right'}`;
      references.push({ imageId: index + 1, split, annotationIds: [id], sentences: [{ raw }] });
    }
    await writeFile(join(folder, 'image', file), await encodePng(image));
  }
  await writeNwpuRefer(folder, { images, annotations, references });
}
