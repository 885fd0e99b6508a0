import type { z } from 'zod';
import type { CommandIo } from './io.js';

/** One flag as commander writes it: `--split <name>`, `--json`, `-o, --out <folder>`. */
export interface FlagDefinition {
  readonly flags: string;
  readonly description: string;
}

/** A command as data: what it takes, checked by a schema, and a function that runs it. */
export interface CommandDefinition {
  /** Words after `refersat`: `dataset info`. */
  readonly path: string;
  readonly summary: string;
  /** Positional arguments as commander writes them, name first: `<dir>`, `[files...]`. */
  readonly positional: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly FlagDefinition[];
  /** Longer text and examples under the help. */
  readonly help?: string;
  /** Checks positional arguments (under their names) and flags (camel case) and runs; gives the exit code. */
  readonly execute: (values: Record<string, unknown>, io: CommandIo) => Promise<number>;
  readonly schema: z.ZodType;
}

/**
 * Defines a command. `schema` describes the object of positional arguments and flags together: flag values arrive as
 * strings (use `z.coerce.number()`), switches as booleans, missing ones as undefined. `run` may return an exit code.
 */
export function defineCommand<Schema extends z.ZodType>(definition: {
  path: string;
  summary: string;
  positional?: readonly { readonly name: string; readonly description: string }[];
  flags?: readonly FlagDefinition[];
  help?: string;
  schema: Schema;
  run: (options: z.output<Schema>, io: CommandIo) => Promise<number | undefined>;
}): CommandDefinition {
  return {
    path: definition.path,
    summary: definition.summary,
    positional: definition.positional ?? [],
    flags: definition.flags ?? [],
    help: definition.help,
    schema: definition.schema,
    execute: async (values, io) => (await definition.run(definition.schema.parse(values), io)) ?? 0,
  };
}
