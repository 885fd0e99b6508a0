import { z } from 'zod';
import type { DatasetInfo } from '../datasets/index.js';
import { defineCommand } from './command.js';
import { datasetFolder, formatTable, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

const bySize = ([, a]: [string, number], [, b]: [string, number]): number => b - a;

function infoText(info: DatasetInfo): string {
  const lines = [
    formatTable([
      ['format', info.format],
      ['folder', info.root],
      [
        'files',
        info.files.length > 4
          ? `${info.files.slice(0, 3).join(', ')} and ${info.files.length - 3} more`
          : info.files.join(', '),
      ],
      ['image folder', info.imageFolder],
    ]),
    '',
    formatTable([
      ['images', info.images],
      ['annotations', info.annotations],
      ['targets', info.targets],
      ['samples', info.samples],
      ...Object.entries(info.languages).map(([code, count]) => [`in ${code}`, count]),
      ...(info.skipped > 0 ? [['left out', info.skipped]] : []),
    ]),
  ];
  const splits = Object.keys(info.splits);
  if (splits.length > 0) {
    const rows = splits.map((split) => {
      const { single, multi, none } = info.splitKinds[split];
      return [split, info.splitImages[split], info.splits[split], single, multi, none];
    });
    const { single, multi, none } = info.kinds;
    rows.push(['all', info.images, info.samples, single, multi, none]);
    lines.push('', formatTable([['split', 'images', 'samples', 'single', 'multi', 'none'], ...rows]));
  }
  const categories = Object.entries(info.categories)
    .filter(([, count]) => count > 0)
    .sort(bySize);
  if (categories.length > 0) {
    lines.push('', formatTable([['category', info.samples > 0 ? 'samples' : 'annotations'], ...categories]));
  }
  const sizes = info.sizes.common.map(({ size: [height, width], images }) => [`${width} x ${height}`, images]);
  if (sizes.length > 0) lines.push('', formatTable([['image size', 'images'], ...sizes]));
  return `${lines.join('\n')}\n`;
}

/** `refersat dataset info`. */
export const datasetInfoCommand = defineCommand({
  path: 'dataset info',
  summary: 'Says which release a folder holds and counts what is in it.',
  positional: [datasetFolder],
  flags: [
    ...openFlags,
    { flags: '--split <name>', description: 'count the samples of this split only' },
    { flags: '--json', description: 'as one JSON object' },
  ],
  help: 'Example:\n  refersat dataset info NWPU-Refer --json',
  schema: openSchema.extend({ split: z.string().optional(), json: z.boolean().default(false) }),
  async run(flags, io) {
    const { datasetInfo, openDataset } = await import('../datasets/index.js');
    const dataset = await openDataset(pathOf(flags.dir, io), { ...openOptions(flags, io), split: flags.split });
    const info = datasetInfo(dataset);
    io.stdout.write(flags.json ? `${JSON.stringify(info)}\n` : infoText(info));
    return undefined;
  },
});
