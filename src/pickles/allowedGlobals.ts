import { numpyDtype, numpyScalar } from './numpyScalars.js';
import type { CopyBudget, PickleGlobal } from './pickleGlobal.js';

const noArguments = (args: readonly unknown[]): void => {
  if (args.length > 0) throw new Error(`${args.length} arguments where none is known`);
};

/** The one list that a call is given; none counts as empty. */
function listArgument(args: readonly unknown[], budget: CopyBudget): readonly unknown[] {
  if (args.length === 0) return [];
  if (args.length > 1 || !Array.isArray(args[0])) throw new Error('arguments other than one list');
  budget.spend(args[0].length);
  return args[0];
}

const setOf: PickleGlobal = { call: (args, budget) => new Set(listArgument(args, budget)) };

const encodings: Record<string, number> = { latin1: 255, 'latin-1': 255, 'iso-8859-1': 255, ascii: 127 };

/** Bytes of a text as `str.encode` makes them, in the encodings that picklers write. */
function encodeText(args: readonly unknown[], budget: CopyBudget): Uint8Array {
  const [text, encoding = 'utf-8'] = args;
  if (typeof text !== 'string' || typeof encoding !== 'string')
    throw new Error('arguments other than text and encoding');
  budget.spend(text.length);
  const name = encoding.toLowerCase();
  if (name === 'utf-8' || name === 'utf8') return new TextEncoder().encode(text);
  const highest = Object.hasOwn(encodings, name) ? encodings[name] : undefined;
  if (highest === undefined)
    throw new Error(`the encoding ${JSON.stringify(encoding.slice(0, 40))}, which is not known`);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place++) {
    const unit = text.charCodeAt(place);
    if (unit > highest) throw new Error(`a character that ${name} does not have`);
    bytes[place] = unit;
  }
  return bytes;
}

const bytearrayOf: PickleGlobal = {
  call(args, budget) {
    if (args.length === 0) return new Uint8Array(0);
    if (args[0] instanceof Uint8Array && args.length === 1) {
      budget.spend(args[0].length);
      return args[0].slice();
    }
    if (typeof args[0] === 'string' && args.length === 2) return encodeText(args, budget);
    throw new Error('arguments other than bytes, or text and encoding');
  },
};

/** `bytes()`: how protocols 0 to 2 write no bytes at all. */
const emptyBytes: PickleGlobal = {
  call(args) {
    noArguments(args);
    return new Uint8Array(0);
  },
};

const orderedDict: PickleGlobal = {
  call(args, budget) {
    const map = new Map<unknown, unknown>();
    for (const pair of listArgument(args, budget)) {
      if (!Array.isArray(pair) || pair.length !== 2) throw new Error('a list of other things than pairs');
      map.set(pair[0], pair[1]);
    }
    return map;
  },
};

/** The names that any pickle may ask for; each is interpreted here, nothing else is ever looked up. */
export const allowedGlobals: ReadonlyMap<string, PickleGlobal> = new Map([
  ['_codecs.encode', { call: encodeText }],
  ['collections.OrderedDict', orderedDict],
  ['numpy.dtype', numpyDtype],
  ['numpy.core.multiarray.scalar', numpyScalar],
  ['numpy._core.multiarray.scalar', numpyScalar],
  ...['builtins', '__builtin__'].flatMap((module): [string, PickleGlobal][] => [
    [`${module}.set`, setOf],
    [`${module}.frozenset`, setOf],
    [`${module}.bytearray`, bytearrayOf],
    [`${module}.bytes`, emptyBytes],
  ]),
]);
