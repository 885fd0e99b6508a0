import { z } from 'zod';
import type { Problem, ProblemKind } from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { defineCommand } from './command.js';
import { datasetFolder, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

function report(problems: readonly Problem[], titles: Readonly<Record<ProblemKind, string>>, shown: number): string {
  const lines: string[] = [];
  for (const kind of Object.keys(titles) as ProblemKind[]) {
    const group = problems.filter((problem) => problem.kind === kind);
    if (group.length === 0) continue;
    lines.push(`${group[0].severity}: ${titles[kind]}: ${group.length.toLocaleString('en')} (${kind})`);
    for (const { file, record, message, fix } of group.slice(0, shown)) {
      lines.push(`  ${file}: ${record}: ${message}`, `    -> ${fix}`);
    }
    if (group.length > shown)
      lines.push(`  and ${(group.length - shown).toLocaleString('en')} more (--all shows them)`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** `refersat dataset validate`. */
export const datasetValidateCommand = defineCommand({
  path: 'dataset validate',
  summary: 'Finds everything that is wrong with a copy of a release, images included.',
  positional: [datasetFolder],
  flags: [
    ...openFlags.filter(({ flags }) => !/language|skip-faulty/.test(flags)),
    { flags: '--headers-only', description: 'read the headers of the images alone (quick; finds no cut-off file)' },
    { flags: '--no-images', description: 'leave the images aside' },
    { flags: '--all', description: 'show every problem, not the first ten of a kind' },
    { flags: '--json', description: 'as one JSON object, with every problem' },
  ],
  help: 'Exits 1 when it finds an error, 0 when it finds warnings or nothing.\n\nExample:\n  refersat dataset validate NWPU-Refer --json',
  schema: openSchema.extend({
    headersOnly: z.boolean().default(false),
    images: z.boolean().default(true),
    all: z.boolean().default(false),
    json: z.boolean().default(false),
  }),
  async run(flags, io) {
    const { problemKinds, validateDataset } = await import('../datasets/index.js');
    const folder = pathOf(flags.dir, io);
    let format: string | undefined;
    let problems: readonly Problem[];
    try {
      const found = await validateDataset(folder, {
        ...openOptions(flags, io),
        headersOnly: flags.headersOnly,
        withoutImages: !flags.images,
      });
      format = found.format;
      problems = found.problems;
    } catch (error) {
      // A file that cannot be read at all hides the rest: it is the one problem of the report.
      if (!(error instanceof UserError) || error.exitCode !== 1 || !flags.json) throw error;
      const [file, ...rest] = error.message.split(': ');
      const fix = 'mend this first, then validate again';
      problems = [
        { kind: 'file-unreadable', severity: 'error', file, record: 'the file', message: rest.join(': '), fix },
      ];
    }
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const warnings = problems.length - errors;
    if (flags.json) {
      const groups: Record<string, number> = {};
      for (const { kind } of problems) groups[kind] = (groups[kind] ?? 0) + 1;
      io.stdout.write(`${JSON.stringify({ format: format ?? null, errors, warnings, groups, problems })}\n`);
    } else {
      io.stdout.write(report(problems, problemKinds, flags.all ? problems.length : 10));
      io.stdout.write(problems.length === 0 ? 'no problems\n' : `${errors} errors, ${warnings} warnings\n`);
    }
    return errors > 0 ? 1 : 0;
  },
});
