import { join } from 'node:path';
import { z } from 'zod';
import type { ConvertReport } from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { defineCommand } from './command.js';
import { convertText, formatFlag, writeFlags, writeSchema } from './datasetConvert.js';
import { datasetFolder, formatTable, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

const partsFlag = z
  .string()
  .transform((text) =>
    text.split(',').map((part) => {
      const [name, value] = part.split('=').map((word) => word.trim());
      return { name, part: Number(value) };
    }),
  )
  .refine((parts) => parts.every(({ name, part }) => /^[\w-]+$/.test(name) && part > 0), {
    error: 'expected names with parts, as in train=0.8,val=0.1,test=0.1',
  })
  .refine((parts) => new Set(parts.map(({ name }) => name)).size === parts.length, {
    error: 'a name stands there twice',
  });

/** `refersat dataset split`. */
export const datasetSplitCommand = defineCommand({
  path: 'dataset split',
  summary: 'Divides a release anew into splits: by image, without leaks, even in kinds and categories.',
  positional: [datasetFolder],
  flags: [
    { flags: '--parts <list>', description: 'names and parts (default: train=0.8,val=0.1,test=0.1)' },
    { flags: '--seed <number>', description: 'another seed gives another division (default: 0)' },
    { flags: '--to <format>', description: "format to write (default: the release's own)" },
    { flags: '--out <folder>', description: 'write the divided release there; without it the division is only shown' },
    writeFlags[1],
    ...openFlags,
    { flags: '--json', description: 'as one JSON object, with the split of each image' },
  ],
  help: 'The same release, parts and seed give the same splits. A set without sentences is written as one folder a split.\n\nExample:\n  refersat dataset split my-set --parts train=0.7,val=0.1,test=0.2 --out my-splits',
  schema: openSchema.extend({
    parts: partsFlag.prefault('train=0.8,val=0.1,test=0.1'),
    seed: z.coerce.number().int().nonnegative().default(0),
    to: formatFlag.optional(),
    out: z.string().optional(),
    images: writeSchema.shape.images,
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { convertDataset, openDataset, ownFormat, releaseOfImages, splitImages, withSplits } = await import(
      '../datasets/index.js'
    );
    const folder = pathOf(flags.dir, io);
    const dataset = await openDataset(folder, openOptions(flags, io));
    if (dataset.images.length === 0) throw new UserError(`${folder}: there are no images to divide`);
    const splits = splitImages(dataset, flags.parts, flags.seed);
    const counts = flags.parts.map(({ name }) => {
      const samples = dataset.samples.filter(({ image }) => splits.get(image.id) === name);
      const kinds = (['single', 'multi', 'none'] as const).map(
        (kind) => samples.filter((sample) => sample.kind === kind).length,
      );
      const images = [...splits.values()].filter((split) => split === name).length;
      return { split: name, images, samples: samples.length, single: kinds[0], multi: kinds[1], none: kinds[2] };
    });
    const reports: ConvertReport[] = [];
    if (flags.out !== undefined) {
      const to = flags.to ?? ownFormat(dataset);
      const out = pathOf(flags.out, io);
      const options = { to, images: flags.images, signal: io.signal, progress: io.stderr };
      if (to !== 'coco')
        reports.push(await convertDataset(dataset, { ...options, out }, (release) => withSplits(release, splits)));
      else {
        const { refuseOverwrite } = await import('../datasets/index.js');
        const { explainWriting, writeFolderAtomic } = await import('../files/index.js');
        await refuseOverwrite(out);
        await writeFolderAtomic(out, async (temporary) => {
          for (const { name } of flags.parts) {
            const ids = new Set([...splits].filter(([, split]) => split === name).map(([id]) => id));
            const part = { ...options, out: join(temporary, name) };
            const report = await convertDataset(dataset, part, (release) => releaseOfImages(release, ids));
            reports.push({ ...report, out: join(out, name) });
          }
        }).catch((error: unknown) => {
          throw explainWriting(error, out);
        });
      }
    }
    if (flags.json) {
      const files = new Map(dataset.images.map(({ id, file }) => [id, file]));
      const images = Object.fromEntries([...splits].map(([id, split]) => [files.get(id) ?? id, split]));
      io.stdout.write(`${JSON.stringify({ splits: counts, images, written: reports })}\n`);
    } else {
      const rows = counts.map(({ split, images, samples, single, multi, none }) => [
        split,
        images,
        samples,
        single,
        multi,
        none,
      ]);
      io.stdout.write(`${formatTable([['split', 'images', 'samples', 'single', 'multi', 'none'], ...rows])}\n`);
      for (const report of reports) io.stdout.write(convertText(report));
    }
    return undefined;
  },
});
