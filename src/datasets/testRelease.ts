import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { createRandom } from '../random/index.js';
import type { Release } from './release.js';
import { writeNwpuRefer } from './writeNwpuRefer.js';

/**
 * A sound release for tests: eight pictures of two sizes, three things in each, sentences of every kind in both
 * languages, splits by image.
 */
export function testRelease(): Release {
  const images = Array.from({ length: 8 }, (_, index) => ({
    id: 100 + index,
    file: `P${index}.jpg`,
    width: index % 2 === 0 ? 64 : 48,
    height: 40,
  }));
  const categories = ['ship', 'car', 'storage tank'];
  const annotations = images.flatMap(({ id: imageId }, index) =>
    categories.map((category, position) => {
      const [x, y] = [2 + 14 * position, 3 + index];
      return {
        id: 1 + 3 * index + position,
        imageId,
        category,
        polygons: [[x, y, x + 9, y + 0.5, x + 8.25, y + 7, x, y + 6]],
      };
    }),
  );
  const references = images.flatMap(({ id: imageId }, index) => {
    const split = ['train', 'train', 'val', 'test'][index % 4];
    const [first, second, third] = [1, 2, 3].map((position) => 3 * index + position);
    return [
      {
        imageId,
        split,
        annotationIds: [first],
        sentences: [{ raw: `the Ship of picture ${index}` }, { raw: `第${index}张图的船` }],
      },
      {
        imageId,
        split,
        annotationIds: [second, third],
        category: 'storage tank',
        sentences: [{ raw: 'the car and the tank' }],
      },
      { imageId, split, annotationIds: [third], sentences: [{ raw: 'the round tank' }] },
      ...(index % 3 === 0 ? [{ imageId, split, annotationIds: [], sentences: [{ raw: 'the airport' }] }] : []),
    ];
  });
  return { images, annotations, references };
}

/** Writes pictures of a release with noise in them, so that they hold some kilobytes each. */
export async function writePictures(folder: string, release: Release): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { file, width, height } of release.images) {
    const random = createRandom(file);
    const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
    await sharp(data, { raw: { width, height, channels: 3 } }).toFile(join(folder, file));
  }
}

/** The whole of it in NWPU-Refer's form. */
export async function writeTestRelease(folder: string, release: Release = testRelease()): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeNwpuRefer(folder, release);
  await writePictures(join(folder, 'image'), release);
}
