import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blankImage, encodePng } from '../imagery/index.js';
import { emptyRle, rleFromBox } from '../masks/index.js';
import { type Batch, createLoader, type Loader, type LoaderOptions } from './loader.js';
import type { Dataset, Kind, Sample } from './sample.js';

const width = 40;
const height = 24;

/** Size of the scenes. */
export const sceneSize = { width, height };

/** Scenes that there are: sample 12 shows the first of them again. */
const sceneCount = 12;

/** A picture that is grey but for a red box where the target lies, so that picture and mask can be compared. */
export function scene(box: readonly [number, number, number, number]) {
  const image = blankImage(width, height, [90, 90, 90]);
  for (let row = box[1]; row < box[1] + box[3]; row++) {
    for (let column = box[0]; column < box[0] + box[2]; column++) {
      image.data.set([250, 0, 0], (row * width + column) * 3);
    }
  }
  return image;
}

/** Where the target of a scene lies. */
export const boxOf = (index: number): [number, number, number, number] => [2 + index, 3 + (index % 5), 8, 8];

/** A set of sentences about scenes that `writeScenes` writes to its root; for tests that read no picture it needs none. */
export function sceneDataset(
  count: number,
  options: { kind?: (index: number) => Kind; missing?: number; missingFile?: string; root?: string } = {},
): Dataset {
  const samples = Array.from({ length: count }, (_, index): Sample => {
    const kind = options.kind?.(index) ?? 'single';
    const file = index === options.missing ? (options.missingFile ?? 'missing.png') : `${index % sceneCount}.png`;
    const sentence = `the ${index % 2 ? 'leftmost' : 'largest'} box`;
    return {
      id: `s${index}`,
      image: { id: index, file, width, height },
      split: index % 4 === 3 ? 'val' : 'train',
      raw: sentence,
      sentence,
      language: 'en',
      kind,
      targets: kind === 'none' ? [] : [index],
      category: index % 3 ? 'car' : 'ship',
      mask: () => (kind === 'none' ? emptyRle(height, width) : rleFromBox(boxOf(index % sceneCount), height, width)),
    };
  });
  const root = options.root ?? 'nowhere';
  return {
    format: 'test',
    root,
    imageFolder: root,
    files: [],
    images: [],
    annotations: [],
    samples,
    categories: ['car', 'ship'],
  };
}

/** Writes the scenes of `sceneDataset`. */
export async function writeScenes(folder: string): Promise<void> {
  for (let index = 0; index < sceneCount; index++)
    await writeFile(join(folder, `${index}.png`), await encodePng(scene(boxOf(index))));
}

const base: LoaderOptions = { sizePx: 16, batch: 4, seed: 7, workers: 0 };

/** Opens loaders of small batches that are closed together. */
export function testLoaders() {
  const loaders: Loader[] = [];
  return {
    open(source: Parameters<typeof createLoader>[0], options: Partial<LoaderOptions> = {}): Loader {
      const loader = createLoader(source, { ...base, ...options });
      loaders.push(loader);
      return loader;
    },
    close: () => Promise.all(loaders.map((loader) => loader.close())),
  };
}

/** The batches of a loader, `most` at most. */
export async function collect(batches: AsyncGenerator<Batch, void>, most = 1000): Promise<Batch[]> {
  const result: Batch[] = [];
  for await (const batch of batches) {
    result.push(batch);
    if (result.length === most) break;
  }
  return result;
}

/** The samples of each batch by id. */
export const ids = (batches: readonly Batch[]) => batches.map((batch) => batch.samples.map(({ id }) => id));
