import { UserError } from '../errors/index.js';
import { maxDepth } from './acyclic.js';
import { createPickleWriter } from './pickleWriter.js';

/** What `writePickle` takes; keys of plain objects are texts, and entries that are undefined are left out. */
export type Picklable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Picklable[]
  | ReadonlyMap<Picklable, Picklable>
  | ReadonlySet<Picklable>
  | { readonly [key: string]: Picklable | undefined };

/** A list, tuple, dict or set that is being written. */
interface OpenContainer {
  readonly container: object;
  readonly items: Iterator<unknown>;
  readonly kind: Kind;
  /** Items written since the last mark, and altogether. */
  waiting: number;
  written: number;
}

type Kind = 'list' | 'tuple' | 'dict' | 'set';

/** Python's own pickler adds in groups of this size too; even, since keys and values count as two. */
const group = 1000;

const MARK = 0x28;
const before: Record<Kind, readonly number[]> = { list: [0x5d], tuple: [MARK], dict: [0x7d], set: [0x5d] };
const adds: Record<Kind, readonly number[]> = { list: [0x65], tuple: [], dict: [0x75], set: [0x65] };
const after: Record<Kind, readonly number[]> = { list: [], tuple: [0x74], dict: [], set: [0x85, 0x52] };

/**
 * A Python pickle of protocol 2, which every Python since 2.3 reads. Maps and plain objects become dicts, arrays lists
 * (tuples where they are keys or in a set, since Python's lists cannot be), Sets sets, Uint8Arrays bytes; a whole number
 * becomes an int, -0 and other numbers a float, a bigint an int.
 * @throws UserError for functions, symbols, undefined in a list, values that hold themselves or nest over 500 deep.
 */
export function writePickle(value: Picklable): Uint8Array {
  const out = createPickleWriter();
  const open: OpenContainer[] = [];
  const holding = new Set<object>();
  const start = (container: object, kind: Kind, items: Iterator<unknown>): void => {
    if (holding.has(container)) throw new UserError('pickle: cannot write a value that holds itself');
    if (open.length === maxDepth) throw new UserError(`pickle: cannot write values nested more than ${maxDepth} deep`);
    if (kind === 'set') out.ascii('c__builtin__\nset\n');
    out.bytes(...before[kind]);
    holding.add(container);
    open.push({ container, items, kind, waiting: 0, written: 0 });
  };
  const write = (item: unknown, isKey: boolean): void => {
    if (item === null) out.bytes(0x4e);
    else if (typeof item === 'boolean') out.bytes(item ? 0x88 : 0x89);
    else if (typeof item === 'number') out.number(item);
    else if (typeof item === 'bigint') out.integer(item);
    else if (typeof item === 'string') out.text(item);
    else if (item instanceof Uint8Array) out.byteString(item);
    else if (Array.isArray(item)) start(item, isKey ? 'tuple' : 'list', item.values());
    else if (isKey) throw new UserError(`pickle: cannot write a ${nameOf(item)} as a key or in a set`);
    else if (item instanceof Map) start(item, 'dict', alternating(item));
    else if (item instanceof Set) start(item, 'set', item.values());
    else if (isPlain(item))
      start(item, 'dict', alternating(Object.entries(item).filter(([, held]) => held !== undefined)));
    else throw new UserError(`pickle: cannot write ${item === undefined ? 'undefined' : `a ${nameOf(item)}`}`);
  };
  out.bytes(0x80, 2);
  write(value, false);
  while (open.length > 0) {
    const top = open[open.length - 1];
    const { done, value: item } = top.items.next();
    if (done !== true) {
      if (top.kind !== 'tuple') {
        if (top.waiting === group) {
          out.bytes(...adds[top.kind]);
          top.waiting = 0;
        }
        if (top.waiting === 0) out.bytes(MARK);
        top.waiting++;
      }
      const isKey = top.kind === 'tuple' || top.kind === 'set' || (top.kind === 'dict' && top.written % 2 === 0);
      top.written++;
      write(item, isKey);
      continue;
    }
    if (top.waiting > 0) out.bytes(...adds[top.kind]);
    out.bytes(...after[top.kind]);
    holding.delete(top.container);
    open.pop();
  }
  out.bytes(0x2e);
  return out.finish();
}

function* alternating(entries: Iterable<readonly [unknown, unknown]>): Generator<unknown> {
  for (const [key, value] of entries) {
    yield key;
    yield value;
  }
}

const isPlain = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
