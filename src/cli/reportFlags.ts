import { extname } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors/index.js';
import type { ReportFormat } from '../evaluation/index.js';
import type { FlagDefinition } from './command.js';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';

/** The flag of every command that scores. */
export const protocolFlag: FlagDefinition = {
  flags: '--protocol <name>',
  description: 'rrsis (LAVT, RMSIN) or gres (ReLA, gRefCOCO)',
};

/** What it is checked with: there is no default, since the two give different numbers for the same masks. */
export const protocolSchema = z.enum(['rrsis', 'gres'], { error: 'expected rrsis or gres' });

/** Flags of every command that prints scores. */
export const reportFlags: readonly FlagDefinition[] = [
  { flags: '--format <name>', description: "table (default), json, csv, markdown or latex; else by --out's ending" },
  { flags: '--json', description: 'short for --format json' },
  { flags: '-o, --out <file>', description: 'write the scores to this file instead of printing them' },
];

const formats = ['table', 'json', 'csv', 'markdown', 'latex'] as const satisfies readonly ReportFormat[];

/** What those flags are checked with. */
export const reportSchema = z.object({
  format: z.enum(formats, { error: `expected ${formats.join(', ')}` }).optional(),
  json: z.boolean().default(false),
  out: z.string().optional(),
});

type ReportOptions = z.output<typeof reportSchema>;

const formatOfEnding: Readonly<Record<string, ReportFormat>> = {
  '.json': 'json',
  '.csv': 'csv',
  '.md': 'markdown',
  '.tex': 'latex',
};

/** The format that the flags ask for. Throws a UsageError where they contradict each other. */
export function reportFormat({ format, json, out }: ReportOptions): ReportFormat {
  if (json && format !== undefined && format !== 'json') {
    throw new UsageError(`--json and --format ${format} exclude each other`);
  }
  if (json) return 'json';
  return format ?? formatOfEnding[extname(out ?? '').toLowerCase()] ?? 'table';
}

/** Prints a report, or writes it to `--out` and says so. */
export async function giveReport(text: string, { out }: ReportOptions, io: CommandIo): Promise<void> {
  if (out === undefined) {
    io.stdout.write(text);
    return;
  }
  const { explainWriting, writeFileAtomic } = await import('../files/index.js');
  try {
    await writeFileAtomic(pathOf(out, io), text);
  } catch (error) {
    // Scores of hours must not be lost for a name.
    io.stdout.write(text);
    throw explainWriting(error, out);
  }
  io.stderr.write(`scores: ${out}\n`);
}
