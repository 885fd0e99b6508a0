import { z } from 'zod';
import type { ConvertReport } from '../datasets/index.js';
import { defineCommand } from './command.js';
import { datasetFolder, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

const formats = ['nwpu-refer', 'grefcoco', 'coco', 'refsegrs', 'yolo'] as const;

/** Flags of every command that writes a release. */
export const writeFlags = [
  { flags: '--out <folder>', description: 'the new folder; nothing is ever overwritten' },
  {
    flags: '--images <how>',
    description: 'link (hard links, copies where there can be none; the default), symlink, copy, or none',
  },
] as const;

/** What those flags are checked with. */
export const writeSchema = z.object({
  out: z.string({ error: 'give the new folder' }),
  images: z.enum(['link', 'symlink', 'copy', 'none']).default('link'),
});

/** A format to write. */
export const formatFlag = z.enum(formats, { error: `expected one of ${formats.join(', ')}` });

/** What was written and what could not be held, for people. */
export function convertText(report: ConvertReport): string {
  const { out, format, images, annotations, references, sentences } = report;
  const number = (value: number): string => value.toLocaleString('en');
  const lines = [
    `${out}: ${format}, ${number(images)} images, ${number(annotations)} annotations, ${number(references)} references, ${number(sentences)} sentences`,
    ...report.notes.map(({ what, count }) => `${number(count)} ${what}`),
  ];
  if (report.notHeld.length === 0) lines.push('nothing was lost');
  else {
    lines.push(`${format} cannot hold:`);
    for (const { what, count } of report.notHeld) lines.push(`  ${number(count)} ${what}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `refersat dataset convert`. */
export const datasetConvertCommand = defineCommand({
  path: 'dataset convert',
  summary: 'Writes a release in another format and says what that format cannot hold.',
  positional: [datasetFolder],
  flags: [
    { flags: '--to <format>', description: formats.join(', ') },
    ...writeFlags,
    { flags: '--split <name>', description: 'the sentences of this split only' },
    ...openFlags,
    { flags: '--json', description: 'the report as one JSON object' },
  ],
  help: 'Examples:\n  refersat dataset convert RRSIS-D --to nwpu-refer --out rrsis-d-as-nwpu\n  refersat dataset convert NWPU-Refer --to yolo --out labels --images symlink',
  schema: openSchema
    .extend(writeSchema.shape)
    .extend({ to: formatFlag, split: z.string().optional(), json: z.boolean().default(false) }),
  async run(flags, io) {
    const { convertDataset, openDataset } = await import('../datasets/index.js');
    const dataset = await openDataset(pathOf(flags.dir, io), { ...openOptions(flags, io), split: flags.split });
    const report = await convertDataset(dataset, {
      to: flags.to,
      out: pathOf(flags.out, io),
      images: flags.images,
      signal: io.signal,
      progress: io.stderr,
    });
    io.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : convertText(report));
    return undefined;
  },
});
