import { z } from 'zod';
import { defineCommand } from './command.js';
import { convertText, formatFlag, writeFlags, writeSchema } from './datasetConvert.js';
import { datasetFolder, listFlag, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

/** `refersat dataset subset`. */
export const datasetSubsetCommand = defineCommand({
  path: 'dataset subset',
  summary: 'Writes a part of a release: some categories, kinds, splits, or so many samples.',
  positional: [datasetFolder],
  flags: [
    { flags: '--category <list>', description: 'samples of these categories, separated by commas' },
    { flags: '--kind <list>', description: 'single, multi, none, separated by commas' },
    { flags: '--split <list>', description: 'these splits, separated by commas' },
    { flags: '--count <number>', description: 'at most so many samples, drawn by the seed' },
    { flags: '--seed <number>', description: 'another seed draws others (default: 0)' },
    { flags: '--to <format>', description: "format to write (default: the release's own)" },
    ...writeFlags,
    ...openFlags,
    { flags: '--json', description: 'the report as one JSON object' },
  ],
  help: 'The images of the samples keep all their annotations.\n\nExample:\n  refersat dataset subset NWPU-Refer --category ship,bridge --kind multi --count 500 --out ships',
  schema: openSchema.extend(writeSchema.shape).extend({
    category: listFlag.optional(),
    kind: listFlag
      .pipe(z.array(z.enum(['single', 'multi', 'none'], { error: 'expected single, multi or none' })))
      .optional(),
    split: listFlag.optional(),
    count: z.coerce.number().int().positive().optional(),
    seed: z.coerce.number().int().nonnegative().default(0),
    to: formatFlag.optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { convertDataset, openDataset, ownFormat, subsetDataset } = await import('../datasets/index.js');
    const whole = await openDataset(pathOf(flags.dir, io), openOptions(flags, io));
    const { category: categories, kind: kinds, split: splits, count, seed } = flags;
    const dataset = subsetDataset(whole, { categories, kinds, splits, count, seed });
    const report = await convertDataset(dataset, {
      to: flags.to ?? ownFormat(dataset),
      out: pathOf(flags.out, io),
      images: flags.images,
      signal: io.signal,
      progress: io.stderr,
    });
    io.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : convertText(report));
    return undefined;
  },
});
