/**
 * Keeps the easier sentences of a generated release, for the beginning of a training (recipes/README.md):
 *
 *   npx tsx scripts/easySentences.ts RELEASE OUT [--language en] [--min-area 900]
 *
 * What stays: categories, colours, sizes, counts, groups, unions, land cover, and single things by place or superlative;
 * targets of more than so many pixels. RELEASE must hold `scenes.json`, as `refersat generate` writes it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { convertDataset, openDataset, type Sample } from '../src/datasets/index.js';
import { rleArea } from '../src/masks/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { language: { type: 'string', default: 'en' }, 'min-area': { type: 'string', default: '900' } },
});
const [release, out] = positionals;
if (!release || !out) throw new Error('usage: easySentences.ts RELEASE OUT [--language en] [--min-area 900]');

const always = new Set(['category', 'cover', 'colour', 'size', 'count', 'group', 'union']);
const single = new Set(['place', 'superlative']);
const { scenes } = JSON.parse(await readFile(join(release, 'scenes.json'), 'utf8')) as {
  scenes: {
    image: string;
    sentences: { sentence: string; language: string; kind: string; construct: string }[];
  }[];
};
const keyOf = (image: string, sentence: string): string => `${image}\n${sentence}`;
const easy = new Set(
  scenes.flatMap(({ image, sentences }) =>
    sentences
      .filter(
        ({ language, kind, construct }) =>
          language === values.language && (always.has(construct) || (single.has(construct) && kind === 'single')),
      )
      .map(({ sentence }) => keyOf(image, sentence)),
  ),
);
const dataset = await openDataset(release);
const isLargeEnough = (sample: Sample): boolean =>
  sample.kind === 'none' || rleArea(sample.mask()) > Number(values['min-area']);
const samples = dataset.samples.filter(
  (sample) => easy.has(keyOf(sample.image.file, sample.sentence)) && isLargeEnough(sample),
);
const images = new Set(samples.map(({ image }) => image.id));
await convertDataset(
  {
    ...dataset,
    samples,
    images: dataset.images.filter(({ id }) => images.has(id)),
    annotations: dataset.annotations.filter(({ imageId }) => images.has(imageId)),
  },
  { to: 'nwpu-refer', out, images: 'link' },
);
process.stdout.write(`${samples.length} of ${dataset.samples.length} sentences kept\n`);
