import { join } from 'node:path';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { datasetFolder, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

/** `refersat dataset stats`. */
export const datasetStatsCommand = defineCommand({
  path: 'dataset stats',
  summary: 'Draws what a release holds: an HTML page with charts, and a CSV of each.',
  positional: [datasetFolder],
  flags: [
    { flags: '--out <folder>', description: 'the new folder of index.html and the CSV files' },
    { flags: '--split <name>', description: 'the samples of this split only' },
    ...openFlags,
    { flags: '--json', description: 'print the tables as one JSON object too' },
  ],
  help: 'The page needs no network and no server.\n\nExample:\n  refersat dataset stats NWPU-Refer --out stats && xdg-open stats/index.html',
  schema: openSchema.extend({
    out: z.string({ error: 'give the new folder' }),
    split: z.string().optional(),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { openDataset, writeStatistics } = await import('../datasets/index.js');
    const out = pathOf(flags.out, io);
    const dataset = await openDataset(pathOf(flags.dir, io), { ...openOptions(flags, io), split: flags.split });
    const statistics = await writeStatistics(dataset, out, {
      onBroken: flags.skipFaulty ? 'skip' : 'stop',
      signal: io.signal,
      progress: io.stderr,
    });
    io.stdout.write(flags.json ? `${JSON.stringify(statistics)}\n` : `${join(out, 'index.html')}\n`);
    return undefined;
  },
});
