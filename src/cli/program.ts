import { Command, CommanderError } from 'commander';
import { ZodError } from 'zod';
import { UsageError, UserError } from '../errors/index.js';
import type { CommandDefinition } from './command.js';
import type { CommandIo } from './io.js';
import { isOutputLost } from './lostOutput.js';

/** Exit code of a run that Ctrl-C ended, as shells expect it. */
const interruptedExitCode = 130;

function describeInvalid(error: ZodError, definition: CommandDefinition): string {
  const lines = error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    const isPositional = definition.positional.some((argument) => bareName(argument.name) === name);
    const shown = isPositional ? `<${name}>` : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return `${shown}: ${issue.message}`;
  });
  return `${lines.join('\n')}\nSee: refersat ${definition.path} --help`;
}

const bareName = (name: string): string => name.replace(/[<>[\].]/g, '');

function addCommand(
  root: Command,
  definition: CommandDefinition,
  onRun: (run: () => Promise<number>) => void,
  io: CommandIo,
) {
  const words = definition.path.split(' ');
  let parent = root;
  for (const word of words.slice(0, -1)) {
    parent = parent.commands.find((command) => command.name() === word) ?? parent.command(word);
  }
  const command = parent
    .command(words[words.length - 1])
    .description(definition.summary)
    .allowExcessArguments(false);
  for (const argument of definition.positional) command.argument(argument.name, argument.description);
  for (const flag of definition.flags) command.option(flag.flags, flag.description);
  if (definition.help) command.addHelpText('after', `\n${definition.help}`);
  command.action((...received: unknown[]) => {
    const values: Record<string, unknown> = { ...command.opts() };
    for (const [index, argument] of definition.positional.entries()) values[bareName(argument.name)] = received[index];
    onRun(async () => {
      try {
        return await definition.execute(values, io);
      } catch (error) {
        if (error instanceof ZodError) throw new UsageError(describeInvalid(error, definition), { cause: error });
        throw error;
      }
    });
  });
}

/** What the file system refused, where nobody nearer said more: its path. Null for anything else. */
function refusedPath(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('path' in error)) return null;
  return typeof error.path === 'string' ? error.path : null;
}

function reportError(error: unknown, debug: boolean, io: CommandIo): number {
  if (isOutputLost(io.signal)) return 1;
  if (io.signal.aborted) {
    io.stderr.write('stopped\n');
    return interruptedExitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  const path = refusedPath(error);
  io.stderr.write(
    `refersat: ${path === null ? message : `${path}: cannot be used (${message}). Check its name, its permissions and the disk`}\n`,
  );
  if (debug && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
  else if (!(error instanceof UserError) && path === null)
    io.stderr.write('(run again with --debug for the stack trace)\n');
  return error instanceof UserError ? error.exitCode : 1;
}

/**
 * Runs `refersat` with the words after its name and gives the exit code: 0 success, 1 failure, 2 usage error,
 * 130 stopped by Ctrl-C. Never throws and never ends the process.
 */
export async function runProgram(
  words: readonly string[],
  definitions: readonly CommandDefinition[],
  version: string,
  io: CommandIo,
): Promise<number> {
  const debug = words.includes('--debug');
  const root = new Command('refersat')
    .description('Referring segmentation for remote sensing imagery.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  let chosen: (() => Promise<number>) | undefined;
  for (const definition of definitions) {
    addCommand(
      root,
      definition,
      (run) => {
        chosen = run;
      },
      io,
    );
  }
  const inherit = (command: Command): void => {
    for (const child of command.commands) {
      child.copyInheritedSettings(command);
      inherit(child);
    }
  };
  inherit(root);
  try {
    await root.parseAsync(
      words.filter((word) => word !== '--debug'),
      { from: 'user' },
    );
    return chosen ? await chosen() : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, debug, io);
  }
}
