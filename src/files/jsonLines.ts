import { UserError } from '../errors/index.js';
import { readLines } from './lines.js';

/** A line of a file in JSON lines, and its number from 1. */
export interface JsonLine {
  readonly line: number;
  readonly value: unknown;
}

/**
 * Reads a file of one JSON value a line (JSONL), a line at a time; empty lines are passed over.
 * @throws UserError naming the file and the line when it cannot be opened, a line is no JSON or over 64 MB long.
 */
export async function* readJsonLines(path: string, signal?: AbortSignal): AsyncGenerator<JsonLine> {
  for await (const { line, text } of readLines(path, signal)) {
    let value: unknown;
    try {
      value = JSON.parse(line === 1 ? text.replace(/^\uFEFF/, '') : text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${path}: line ${line}: not JSON (${reason}); expected one record a line`);
    }
    yield { line, value };
  }
}
