/**
 * An error that the user can mend: the message names the file and record, what was expected and what to do next.
 * The command line prints the message alone (a stack trace only with `--debug`) and exits with `exitCode`.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  readonly exitCode: number = 1;
}

/** A wrong flag, argument or setting: exits 2. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
  override readonly exitCode = 2;
}
