import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { datasetFolder, formatTable, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

/** Lines are written in groups: a call for each would take most of the time. */
const linesAtOnce = 512;

/** `refersat dataset samples`. */
export const datasetSamplesCommand = defineCommand({
  path: 'dataset samples',
  summary: 'Lists the samples: picture, sentence, kind, targets and mask.',
  positional: [datasetFolder],
  flags: [
    ...openFlags,
    { flags: '--split <name>', description: 'samples of this split only' },
    { flags: '--limit <count>', description: 'at most so many' },
    { flags: '--json', description: 'one JSON object a line, with the mask as compressed COCO runs' },
  ],
  help: 'Example:\n  refersat dataset samples NWPU-Refer --split val --json > val.jsonl',
  schema: openSchema.extend({
    split: z.string().optional(),
    limit: z.coerce.number().int().positive().optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { openDataset } = await import('../datasets/index.js');
    const { rleArea, rleToString } = await import('../masks/index.js');
    const dataset = await openDataset(pathOf(flags.dir, io), { ...openOptions(flags, io), split: flags.split });
    const samples = dataset.samples.slice(0, flags.limit);
    for (let start = 0; start < samples.length; start += linesAtOnce) {
      // Lets Ctrl-C arrive.
      await setImmediate();
      io.signal.throwIfAborted();
      const group = samples.slice(start, start + linesAtOnce);
      if (!flags.json) {
        const rows = group.map(({ split, image, kind, category, targets, sentence }) => [
          split,
          image.file,
          kind,
          category,
          targets.join(' '),
          sentence,
        ]);
        io.stdout.write(`${formatTable(rows)}\n`);
        continue;
      }
      const lines = group.map((sample) => {
        const { id, image, split, sentence, raw, language, kind, targets, category } = sample;
        const mask = sample.mask();
        const size = [mask.height, mask.width];
        const own = { split, sentence, kind, targets, category, size, area: rleArea(mask), rle: rleToString(mask) };
        return JSON.stringify({ image: image.file, ...own, id, raw, language });
      });
      io.stdout.write(`${lines.join('\n')}\n`);
    }
    return undefined;
  },
});
