import { UserError } from '../errors/index.js';

/** A pickle that was refused: the message names the byte and the reason. */
export class PickleError extends UserError {
  /** Where in the file the refused instruction begins, in bytes from the start. */
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(`pickle: byte ${offset}: ${reason}`);
    this.offset = offset;
  }
}
