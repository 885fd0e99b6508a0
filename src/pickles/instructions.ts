import { isContainer } from './acyclic.js';
import { integerOfBytes, integerOfText, numberOfText } from './pickledNumbers.js';
import { latin1, unescapeRawUnicode, unquote } from './pickledText.js';
import {
  call,
  deepen,
  guarded,
  need,
  type PickleMachine,
  pop,
  popFrom,
  popMark,
  push,
  recall,
  refuse,
  remember,
  resolveGlobal,
  take,
  takeByte,
  takeInt32,
  takeLength64,
  takeLengthSigned,
  takeLine,
  takeUint16,
  takeUint32,
} from './pickleMachine.js';

type Instruction = (machine: PickleMachine) => void;

const lineText = (machine: PickleMachine): string => {
  const { from, to } = takeLine(machine);
  const end = to > from && machine.bytes[to - 1] === 13 ? to - 1 : to;
  return latin1(machine.bytes.subarray(from, end));
};

const utf8 = (machine: PickleMachine, length: number): void => {
  const from = take(machine, length, 'a text');
  push(
    machine,
    guarded(machine, () => machine.text.utf8(from, from + length)),
  );
};

const python2Text = (machine: PickleMachine, length: number): void => {
  const from = take(machine, length, 'a string');
  push(machine, machine.text.python2(from, from + length));
};

const bytes = (machine: PickleMachine, length: number): void => {
  const from = take(machine, length, 'bytes');
  push(machine, machine.bytes.slice(from, from + length));
};

const integer = (machine: PickleMachine, length: number): void => {
  const from = take(machine, length, 'an integer');
  push(
    machine,
    guarded(machine, () => integerOfBytes(machine.bytes.subarray(from, from + length))),
  );
};

const tuple =
  (values: number): Instruction =>
  (machine) => {
    need(machine, values);
    const taken = popFrom(machine, machine.stack.length - values);
    push(machine, taken.values, taken.depth + 1);
  };

/** The value on top, which must be of a kind. */
function topOf<Kind>(machine: PickleMachine, is: (value: unknown) => value is Kind, what: string): Kind {
  need(machine, 1);
  const top = machine.stack[machine.stack.length - 1];
  return is(top) ? top : refuse(machine, `adds to something that is not a ${what}`);
}

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isDict = (value: unknown): value is Map<unknown, unknown> => value instanceof Map;
const isSet = (value: unknown): value is Set<unknown> => value instanceof Set;

const setPairs = (machine: PickleMachine, dict: Map<unknown, unknown>, values: readonly unknown[]): void => {
  if (values.length % 2 !== 0) refuse(machine, 'a dict with a key that has no value');
  for (let place = 0; place < values.length; place += 2) dict.set(values[place], values[place + 1]);
};

const global: Instruction = (machine) => {
  const module = lineText(machine);
  push(machine, resolveGlobal(machine, module, lineText(machine)));
};

const persistent = (machine: PickleMachine, id: unknown, depth: number): void => {
  const load = machine.options.persistentLoad;
  if (load === undefined) refuse(machine, 'the file asks for a value kept outside of it');
  push(
    machine,
    guarded(machine, () => load(id)),
    depth,
  );
};

const refused =
  (reason: string): Instruction =>
  (machine) =>
    refuse(machine, reason);

/** What each byte of a pickle does, under the names of Python's pickletools; protocols 0 to 5. */
const named: Record<string, readonly [byte: number, run: Instruction]> = {
  MARK: [0x28, (machine) => machine.marks.push(machine.stack.length)],
  STOP: [
    0x2e,
    (machine) => {
      need(machine, 1);
      machine.stopped = true;
    },
  ],
  POP: [
    0x30,
    (machine) => {
      const { marks, stack } = machine;
      if (marks.length > 0 && marks[marks.length - 1] === stack.length) marks.pop();
      else pop(machine);
    },
  ],
  POP_MARK: [0x31, popMark],
  DUP: [
    0x32,
    (machine) => {
      need(machine, 1);
      const top = machine.stack[machine.stack.length - 1];
      if (isContainer(top)) machine.sharedAt.set(top, machine.instructionAt);
      push(machine, top, machine.depths[machine.depths.length - 1]);
    },
  ],
  PROTO: [
    0x80,
    (machine) => {
      const protocol = takeByte(machine);
      if (protocol > 5) refuse(machine, `protocol ${protocol}; protocols 0 to 5 are known`);
    },
  ],
  FRAME: [
    0x95,
    (machine) => {
      const length = takeLength64(machine);
      take(machine, length, 'a frame');
      machine.at -= length;
    },
  ],

  NONE: [0x4e, (machine) => push(machine, null)],
  NEWTRUE: [0x88, (machine) => push(machine, true)],
  NEWFALSE: [0x89, (machine) => push(machine, false)],
  INT: [
    0x49,
    (machine) => {
      const text = lineText(machine);
      if (text === '00' || text === '01') push(machine, text === '01');
      else
        push(
          machine,
          guarded(machine, () => integerOfText(text)),
        );
    },
  ],
  LONG: [
    0x4c,
    (machine) => {
      const text = lineText(machine).replace(/L$/, '');
      push(
        machine,
        guarded(machine, () => integerOfText(text)),
      );
    },
  ],
  FLOAT: [
    0x46,
    (machine) => {
      const text = lineText(machine);
      push(
        machine,
        guarded(machine, () => numberOfText(text)),
      );
    },
  ],
  BININT: [0x4a, (machine) => push(machine, takeInt32(machine))],
  BININT1: [0x4b, (machine) => push(machine, takeByte(machine))],
  BININT2: [0x4d, (machine) => push(machine, takeUint16(machine))],
  LONG1: [0x8a, (machine) => integer(machine, takeByte(machine))],
  LONG4: [0x8b, (machine) => integer(machine, takeLengthSigned(machine))],
  BINFLOAT: [0x47, (machine) => push(machine, machine.view.getFloat64(take(machine, 8, 'a number')))],

  STRING: [
    0x53,
    (machine) => {
      const line = lineText(machine).trimEnd();
      const unquoted = guarded(machine, () => unquote(line));
      push(machine, pythonTwoString(unquoted));
    },
  ],
  BINSTRING: [0x54, (machine) => python2Text(machine, takeLengthSigned(machine))],
  SHORT_BINSTRING: [0x55, (machine) => python2Text(machine, takeByte(machine))],
  UNICODE: [
    0x56,
    (machine) => {
      const { from, to } = takeLine(machine);
      const line = latin1(machine.bytes.subarray(from, to));
      push(
        machine,
        guarded(machine, () => unescapeRawUnicode(line)),
      );
    },
  ],
  BINUNICODE: [0x58, (machine) => utf8(machine, takeUint32(machine))],
  SHORT_BINUNICODE: [0x8c, (machine) => utf8(machine, takeByte(machine))],
  BINUNICODE8: [0x8d, (machine) => utf8(machine, takeLength64(machine))],
  BINBYTES: [0x42, (machine) => bytes(machine, takeUint32(machine))],
  SHORT_BINBYTES: [0x43, (machine) => bytes(machine, takeByte(machine))],
  BINBYTES8: [0x8e, (machine) => bytes(machine, takeLength64(machine))],
  BYTEARRAY8: [0x96, (machine) => bytes(machine, takeLength64(machine))],
  NEXT_BUFFER: [0x97, refused('the file asks for a buffer kept outside of it')],
  READONLY_BUFFER: [0x98, refused('the file asks for a buffer kept outside of it')],

  EMPTY_TUPLE: [0x29, (machine) => push(machine, [], 1)],
  TUPLE1: [0x85, tuple(1)],
  TUPLE2: [0x86, tuple(2)],
  TUPLE3: [0x87, tuple(3)],
  TUPLE: [
    0x74,
    (machine) => {
      const { values, depth } = popMark(machine);
      push(machine, values, depth + 1);
    },
  ],
  EMPTY_LIST: [0x5d, (machine) => push(machine, [], 1)],
  LIST: [
    0x6c,
    (machine) => {
      const { values, depth } = popMark(machine);
      push(machine, values, depth + 1);
    },
  ],
  APPEND: [
    0x61,
    (machine) => {
      need(machine, 2);
      const depth = machine.depths[machine.depths.length - 1];
      const value = pop(machine);
      topOf(machine, isList, 'list').push(value);
      deepen(machine, depth);
    },
  ],
  APPENDS: [
    0x65,
    (machine) => {
      const { values, depth } = popMark(machine);
      const list = topOf(machine, isList, 'list');
      for (const value of values) list.push(value);
      deepen(machine, depth);
    },
  ],
  EMPTY_DICT: [0x7d, (machine) => push(machine, new Map(), 1)],
  DICT: [
    0x64,
    (machine) => {
      const { values, depth } = popMark(machine);
      const dict = new Map();
      setPairs(machine, dict, values);
      push(machine, dict, depth + 1);
    },
  ],
  SETITEM: [
    0x73,
    (machine) => {
      need(machine, 3);
      const { values, depth } = popFrom(machine, machine.stack.length - 2);
      topOf(machine, isDict, 'dict').set(values[0], values[1]);
      deepen(machine, depth);
    },
  ],
  SETITEMS: [
    0x75,
    (machine) => {
      const { values, depth } = popMark(machine);
      setPairs(machine, topOf(machine, isDict, 'dict'), values);
      deepen(machine, depth);
    },
  ],
  EMPTY_SET: [0x8f, (machine) => push(machine, new Set(), 1)],
  ADDITEMS: [
    0x90,
    (machine) => {
      const { values, depth } = popMark(machine);
      const set = topOf(machine, isSet, 'set');
      for (const value of values) set.add(value);
      deepen(machine, depth);
    },
  ],
  FROZENSET: [
    0x91,
    (machine) => {
      const { values, depth } = popMark(machine);
      push(machine, new Set(values), depth + 1);
    },
  ],

  GET: [0x67, (machine) => recall(machine, memoNumber(machine))],
  BINGET: [0x68, (machine) => recall(machine, takeByte(machine))],
  LONG_BINGET: [0x6a, (machine) => recall(machine, takeUint32(machine))],
  PUT: [0x70, (machine) => remember(machine, memoNumber(machine))],
  BINPUT: [0x71, (machine) => remember(machine, takeByte(machine))],
  LONG_BINPUT: [0x72, (machine) => remember(machine, takeUint32(machine))],
  MEMOIZE: [0x94, (machine) => remember(machine, machine.memoSize)],

  GLOBAL: [0x63, global],
  STACK_GLOBAL: [
    0x93,
    (machine) => {
      need(machine, 2);
      const [module, name] = popFrom(machine, machine.stack.length - 2).values;
      if (typeof module !== 'string' || typeof name !== 'string') {
        refuse(machine, 'a global whose module and name are not texts');
      }
      push(machine, resolveGlobal(machine, module, name));
    },
  ],
  REDUCE: [
    0x52,
    (machine) => {
      need(machine, 2);
      const { values, depth } = popFrom(machine, machine.stack.length - 2);
      call(machine, values[0], values[1], depth);
    },
  ],
  NEWOBJ: [
    0x81,
    (machine) => {
      need(machine, 2);
      const { values, depth } = popFrom(machine, machine.stack.length - 2);
      call(machine, values[0], values[1], depth);
    },
  ],
  NEWOBJ_EX: [
    0x92,
    (machine) => {
      need(machine, 3);
      const { values, depth } = popFrom(machine, machine.stack.length - 3);
      if (!isDict(values[2]) || values[2].size > 0) refuse(machine, 'a call with named arguments');
      call(machine, values[0], values[1], depth);
    },
  ],
  INST: [
    0x69,
    (machine) => {
      const module = lineText(machine);
      const callee = resolveGlobal(machine, module, lineText(machine));
      const { values, depth } = popMark(machine);
      call(machine, callee, values, depth + 1);
    },
  ],
  OBJ: [
    0x6f,
    (machine) => {
      const { values, depth } = popMark(machine);
      if (values.length === 0) refuse(machine, 'an object without its class');
      call(machine, values[0], values.slice(1), depth + 1);
    },
  ],
  BUILD: [
    0x62,
    (machine) => {
      need(machine, 2);
      const depth = machine.depths[machine.depths.length - 1];
      const state = pop(machine);
      const object = machine.stack[machine.stack.length - 1];
      const maker = machine.makers.get(object);
      if (maker === undefined) refuse(machine, 'sets the state of an object that takes none');
      guarded(machine, () => maker.setState?.(object, state));
      deepen(machine, depth);
    },
  ],
  PERSID: [0x50, (machine) => persistent(machine, lineText(machine), 0)],
  BINPERSID: [
    0x51,
    (machine) => {
      need(machine, 1);
      const depth = machine.depths[machine.depths.length - 1];
      persistent(machine, pop(machine), depth);
    },
  ],
  EXT1: [0x82, refused('the file asks for an extension of its writer, which is not known')],
  EXT2: [0x83, refused('the file asks for an extension of its writer, which is not known')],
  EXT4: [0x84, refused('the file asks for an extension of its writer, which is not known')],
};

/** A number of protocol 0's memo, in decimal digits on a line. */
function memoNumber(machine: PickleMachine): number {
  const { from, to } = takeLine(machine);
  let number = 0;
  for (let place = from; place < to; place++) {
    const digit = machine.bytes[place] - 48;
    if (digit < 0 || digit > 9 || to - from > 10) refuse(machine, 'a memo number that is not one');
    number = 10 * number + digit;
  }
  return to > from ? number : refuse(machine, 'a memo number that is not one');
}

function pythonTwoString(unquoted: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unquoted);
  } catch {
    return latin1(unquoted);
  }
}

/** What to do at each byte; undefined where no protocol has such an instruction. */
export const instructions: readonly (Instruction | undefined)[] = (() => {
  const table = new Array<Instruction | undefined>(256).fill(undefined);
  for (const [byte, run] of Object.values(named)) table[byte] = run;
  return table;
})();
