/**
 * A folder of pictures to one file of COCO annotations: each sentence is a category, each answer an annotation.
 *
 *   npx tsx examples/many.ts FOLDER "the red car" "all storage tanks" [--model NAME|FOLDER] [--out FILE]
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel, UserError } from 'refersat';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { model: { type: 'string', default: 'open' }, out: { type: 'string', default: 'annotations.json' } },
});
const [folder, ...sentences] = positionals;
if (!folder || sentences.length === 0) throw new Error('usage: many.ts FOLDER SENTENCE... [--model ...] [--out FILE]');

const categories = sentences.map((name, index) => ({ id: index + 1, name }));
const images: { id: number; file_name: string; width: number; height: number }[] = [];
const annotations: Record<string, unknown>[] = [];
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|tiff?|webp)$/i.test(name)).sort();

const model = await loadModel(values.model);
try {
  for (const name of names) {
    try {
      const picture = await model.encode(join(folder, name));
      const image = { id: images.length + 1, file_name: name, width: picture.width, height: picture.height };
      images.push(image);
      for (const category of categories) {
        const { found, score, area, box, rle } = await picture.segment(category.name);
        if (!found) continue;
        annotations.push({
          id: annotations.length + 1,
          image_id: image.id,
          category_id: category.id,
          segmentation: rle,
          bbox: box,
          area,
          iscrowd: 0,
          score,
        });
      }
    } catch (error) {
      // One broken picture is no reason to lose the others.
      if (!(error instanceof UserError)) throw error;
      console.error(error.message);
    }
  }
} finally {
  await model.close();
}
await writeFile(values.out, JSON.stringify({ images, annotations, categories }));
console.log(`${annotations.length} annotations of ${images.length} pictures: ${values.out}`);
