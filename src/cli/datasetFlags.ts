import { resolve } from 'node:path';
import { z } from 'zod';
import type { OpenOptions } from '../datasets/index.js';
import type { FlagDefinition } from './command.js';
import type { CommandIo } from './io.js';

/** The positional argument of every dataset command. */
export const datasetFolder = {
  name: '<dir>',
  description: 'folder of the release, or a COCO annotations file',
} as const;

/** Flags of every command that opens a dataset. */
export const openFlags: readonly FlagDefinition[] = [
  { flags: '--format <name>', description: 'read it as this format (found by looking when left out)' },
  { flags: '--language <code>', description: 'en, zh or all (default: all)' },
  { flags: '--skip-faulty', description: 'leave broken records out and count them, instead of stopping at the first' },
  { flags: '--rebuild-index', description: 'read the files themselves and make the index anew' },
];

/** What those flags are checked with. */
export const openSchema = z.object({
  dir: z.string(),
  format: z.string().optional(),
  language: z.enum(['en', 'zh', 'all']).default('all'),
  skipFaulty: z.boolean().default(false),
  rebuildIndex: z.boolean().default(false),
});

/** The parts of `a, b,c`. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A list in one flag: `a,b,c`. */
export const listFlag = z.string().transform(listOf);

/** Options of `openDataset` from flags. */
export function openOptions(flags: z.output<typeof openSchema>, io: CommandIo): OpenOptions {
  return {
    format: flags.format,
    language: flags.language,
    faulty: flags.skipFaulty ? 'skip' : 'stop',
    rebuildIndex: flags.rebuildIndex,
    signal: io.signal,
    progress: io.stderr,
  };
}

/** A path of the command line as an absolute one. */
export const pathOf = (path: string, io: CommandIo): string => resolve(io.workingFolder, path);

/** Columns of text, each as wide as its widest cell; numbers to the right. */
export function formatTable(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)));
  const widths = cells.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cell.length)),
    [],
  );
  return cells
    .map((row, line) =>
      row
        .map((cell, column) =>
          typeof rows[line][column] === 'number' ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
