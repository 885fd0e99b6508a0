import { isContainer, maxDepth, tooDeep } from './acyclic.js';
import { allowedGlobals } from './allowedGlobals.js';
import { createTextReader, type TextReader } from './pickledText.js';
import { PickleError } from './pickleError.js';
import type { CopyBudget, PickleGlobal, PickleOptions } from './pickleGlobal.js';

/**
 * The state of Python's pickle machine while it reads one file. Values wait on a stack, beside each how deeply it is
 * nested so far; marks say where the values of an unfinished list, tuple or dict begin.
 */
export interface PickleMachine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly text: TextReader;
  readonly options: PickleOptions;
  readonly budget: CopyBudget;
  /** The next byte to read. */
  at: number;
  /** The byte where the instruction begins that runs now. */
  instructionAt: number;
  readonly stack: unknown[];
  readonly depths: number[];
  readonly marks: number[];
  /** What was stored for later, and how deeply it was nested then; picklers number it from 0 or 1 without a gap. */
  readonly memo: unknown[];
  readonly memoDepths: number[];
  /** Numbers taken so far. */
  memoSize: number;
  /** Where containers were fetched again: only then can a value hold itself. */
  readonly sharedAt: Map<unknown, number>;
  /** Objects whose maker takes a state, for BUILD. */
  readonly makers: Map<unknown, PickleGlobal>;
  /** True after STOP. */
  stopped: boolean;
}

export function createPickleMachine(bytes: Uint8Array, options: PickleOptions): PickleMachine {
  // Buffers of Node share the type but not the behaviour of slice.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let left = 65_536 + 16 * plain.length;
  return {
    bytes: plain,
    view: new DataView(plain.buffer, plain.byteOffset, plain.byteLength),
    text: createTextReader(plain),
    options,
    budget: {
      spend(elements) {
        left -= elements;
        if (left < 0) throw new Error('calls that copy one large value again and again');
      },
    },
    at: options.start ?? 0,
    instructionAt: options.start ?? 0,
    stack: [],
    depths: [],
    marks: [],
    memo: [],
    memoDepths: [],
    memoSize: 0,
    sharedAt: new Map(),
    makers: new Map(),
    stopped: false,
  };
}

/** An error at the instruction that runs now. */
export function refuse(machine: PickleMachine, reason: string): never {
  throw new PickleError(machine.instructionAt, reason);
}

/** Takes so many bytes of the file; gives where they begin. */
export function take(machine: PickleMachine, length: number, what: string): number {
  const from = machine.at;
  if (length > machine.bytes.length - from) {
    refuse(
      machine,
      `${what} of ${length} bytes, but the file ends ${machine.bytes.length - from} bytes on; it was cut off or is damaged`,
    );
  }
  machine.at = from + length;
  return from;
}

export const takeByte = (machine: PickleMachine): number => machine.bytes[take(machine, 1, 'an argument')];
export const takeUint16 = (machine: PickleMachine): number =>
  machine.view.getUint16(take(machine, 2, 'an argument'), true);
export const takeInt32 = (machine: PickleMachine): number =>
  machine.view.getInt32(take(machine, 4, 'an argument'), true);
export const takeUint32 = (machine: PickleMachine): number =>
  machine.view.getUint32(take(machine, 4, 'an argument'), true);

/** A length in eight bytes; as a double, since whatever it cannot hold exactly is longer than any file. */
export function takeLength64(machine: PickleMachine): number {
  const from = take(machine, 8, 'a length');
  return machine.view.getUint32(from, true) + machine.view.getUint32(from + 4, true) * 2 ** 32;
}

/** A length in four signed bytes. */
export function takeLengthSigned(machine: PickleMachine): number {
  const length = takeInt32(machine);
  return length < 0 ? refuse(machine, `a negative length ${length}`) : length;
}

/** The rest of the line, without its end; gives where it begins and ends. */
export function takeLine(machine: PickleMachine): { from: number; to: number } {
  const from = machine.at;
  const to = machine.bytes.indexOf(10, from);
  if (to < 0) refuse(machine, 'a line without its end; the file was cut off or is damaged');
  machine.at = to + 1;
  return { from, to };
}

export function push(machine: PickleMachine, value: unknown, depth = 0): void {
  if (depth > maxDepth) refuse(machine, tooDeep);
  machine.stack.push(value);
  machine.depths.push(depth);
}

/** How many values lie above the last mark (or on the stack, without one). */
export const available = (machine: PickleMachine): number =>
  machine.stack.length - (machine.marks.length > 0 ? machine.marks[machine.marks.length - 1] : 0);

/** Checks that an instruction finds the values that it needs. */
export function need(machine: PickleMachine, values: number): void {
  if (available(machine) < values) {
    refuse(machine, `an instruction that needs ${values} ${values === 1 ? 'value' : 'values'} from an empty stack`);
  }
}

export function pop(machine: PickleMachine): unknown {
  need(machine, 1);
  machine.depths.pop();
  return machine.stack.pop();
}

/** Takes the values above the last mark, and the mark; also how deeply the deepest of them is nested. */
export function popMark(machine: PickleMachine): { values: unknown[]; depth: number } {
  const mark = machine.marks.pop();
  if (mark === undefined) return refuse(machine, 'an instruction that needs a mark, and there is none');
  return popFrom(machine, mark);
}

/** Takes the values from a height of the stack on. */
export function popFrom(machine: PickleMachine, height: number): { values: unknown[]; depth: number } {
  const { stack, depths } = machine;
  let depth = 0;
  for (let place = height; place < stack.length; place++) if (depths[place] > depth) depth = depths[place];
  depths.length = height;
  return { values: stack.splice(height), depth };
}

/** Notes that the value on top now holds values nested so deeply. */
export function deepen(machine: PickleMachine, childDepth: number): void {
  const top = machine.depths.length - 1;
  if (machine.depths[top] <= childDepth) {
    if (childDepth + 1 > maxDepth) refuse(machine, tooDeep);
    machine.depths[top] = childDepth + 1;
  }
}

/** Stands in the memo for numbers that were never written. */
const unwritten = Symbol('unwritten');
/** Numbers further ahead than this are refused, so that one wild number cannot take the room of a thousand million. */
const widestGap = 65_536;

export function remember(machine: PickleMachine, index: number): void {
  need(machine, 1);
  const { memo, memoDepths } = machine;
  const top = machine.stack.length - 1;
  if (index < memo.length) {
    if (memo[index] === unwritten) machine.memoSize++;
    memo[index] = machine.stack[top];
    memoDepths[index] = machine.depths[top];
    return;
  }
  if (index - memo.length > widestGap) {
    refuse(
      machine,
      `writes memo ${index} after ${memo.length} others; picklers count up one by one, so the file is damaged`,
    );
  }
  while (memo.length < index) {
    memo.push(unwritten);
    memoDepths.push(0);
  }
  memo.push(machine.stack[top]);
  memoDepths.push(machine.depths[top]);
  machine.memoSize++;
}

export function recall(machine: PickleMachine, index: number): void {
  const value = index < machine.memo.length ? machine.memo[index] : unwritten;
  if (value === unwritten) refuse(machine, `reads memo ${index}, which was never written`);
  if (typeof value === 'object' && isContainer(value)) machine.sharedAt.set(value, machine.instructionAt);
  push(machine, value, machine.memoDepths[index]);
}

/** The record of a Python name; anything off the list is refused before it can be called. */
export function resolveGlobal(machine: PickleMachine, module: string, name: string): PickleGlobal {
  const full = `${module}.${name}`;
  const known = machine.options.globals?.get(full) ?? allowedGlobals.get(full);
  if (known !== undefined) return known;
  const shown = full.length > 120 ? `${full.slice(0, 120)}...` : full;
  return refuse(
    machine,
    `the file asks for ${JSON.stringify(shown).slice(1, -1)}, which is not on the list of harmless names; a pickle can run any program, so do not open it elsewhere unless you trust its source`,
  );
}

/** Calls a name's record in place of Python's function. */
export function call(machine: PickleMachine, callee: unknown, args: unknown, depth: number): void {
  const record = callee as PickleGlobal | null;
  if (typeof record !== 'object' || record === null || typeof record.call !== 'function' || isContainer(record)) {
    refuse(machine, 'a call of something that is not a function');
  }
  if (!Array.isArray(args)) refuse(machine, 'a call without a tuple of arguments');
  const made = guarded(machine, () => record.call?.(args, machine.budget));
  if (record.setState !== undefined && typeof made === 'object' && made !== null) machine.makers.set(made, record);
  push(machine, made, depth);
}

/** Runs what may refuse with a plain Error, and adds the byte to its reason. */
export function guarded<Value>(machine: PickleMachine, action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof PickleError) throw error;
    return refuse(machine, error instanceof Error ? error.message : String(error));
  }
}
