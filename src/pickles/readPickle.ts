import { findBadNesting } from './acyclic.js';
import { instructions } from './instructions.js';
import { PickleError } from './pickleError.js';
import type { PickleOptions } from './pickleGlobal.js';
import { createPickleMachine, refuse } from './pickleMachine.js';

/**
 * Reads a Python pickle of protocols 0 to 5 without running it: nothing is imported or called, and a file that asks for
 * a name off a short list of harmless ones (byte strings, sets, OrderedDict, NumPy scalars) is refused.
 *
 * dict becomes a Map, list and tuple arrays, set and frozenset a Set, None null, bytes and bytearray a Uint8Array, an int
 * outside the safe range a bigint, other ints and floats a number. Python 2's strings are UTF-8 text, else Latin-1.
 * @throws PickleError (a UserError) naming the byte and the reason: a damaged or truncated file, a name off the list,
 * values that hold themselves or are nested more than 500 deep, a length or memo number that the file cannot hold.
 */
export function readPickle(bytes: Uint8Array): unknown {
  return readPickleWith(bytes).value;
}

/**
 * Reads a pickle as `readPickle` does, with further names allowed and values kept outside of the file, as PyTorch's
 * checkpoints have them. Gives the value, and the byte after the pickle, where another may begin.
 * @throws PickleError naming the byte and the reason.
 */
export function readPickleWith(bytes: Uint8Array, options: PickleOptions = {}): { value: unknown; end: number } {
  const machine = createPickleMachine(bytes, options);
  const { start = 0 } = options;
  while (!machine.stopped) {
    const at = machine.at;
    machine.instructionAt = at;
    if (at >= machine.bytes.length) {
      refuse(
        machine,
        at === start ? 'the file is empty' : 'the file ends before its STOP instruction; it was cut off or is damaged',
      );
    }
    const instruction = instructions[machine.bytes[at]];
    if (instruction === undefined) {
      const byte = machine.bytes[at].toString(16).padStart(2, '0');
      refuse(machine, `0x${byte} is no pickle instruction; the file is ${at === start ? 'not a pickle' : 'damaged'}`);
    }
    machine.at = at + 1;
    instruction(machine);
  }
  const value = machine.stack[machine.stack.length - 1];
  if (machine.sharedAt.size > 0) {
    const bad = findBadNesting(value);
    if (bad !== undefined) {
      throw new PickleError(machine.sharedAt.get(bad.container) ?? [...machine.sharedAt.values()][0], bad.reason);
    }
  }
  return { value, end: machine.at };
}
