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

/** A list, dict or set that is being written. */
interface OpenContainer {
  readonly container: unknown;
  readonly items: Iterator<unknown>;
  /** The instruction that adds what was written since the mark. */
  readonly adds: number;
  readonly after: readonly number[];
  waiting: number;
}

/** Python's own pickler adds in groups of this size too; even, since keys and values count as two. */
const group = 1000;

/**
 * A Python pickle of protocol 2, which every Python since 2.3 reads. Maps and plain objects become dicts, arrays lists,
 * Sets sets, Uint8Arrays bytes; a whole number becomes an int (-0 and others a float), a bigint an int.
 * @throws UserError for functions, symbols, undefined in a list, values that hold themselves or nest over 500 deep.
 */
export function writePickle(value: Picklable): Uint8Array {
  const out = createPickleWriter();
  const open: OpenContainer[] = [];
  const holding = new Set<unknown>();
  out.bytes(0x80, 2);
  const start = (container: object, items: Iterator<unknown>, adds: number, after: readonly number[] = []): void => {
    if (holding.has(container)) throw new UserError('pickle: cannot write a value that holds itself');
    if (open.length === maxDepth) throw new UserError(`pickle: cannot write values nested more than ${maxDepth} deep`);
    holding.add(container);
    open.push({ container, items, adds, after, waiting: 0 });
  };
  const write = (item: unknown): void => {
    if (item === null) out.bytes(0x4e);
    else if (typeof item === 'boolean') out.bytes(item ? 0x88 : 0x89);
    else if (typeof item === 'number') out.number(item);
    else if (typeof item === 'bigint') out.integer(item);
    else if (typeof item === 'string') out.text(item);
    else if (item instanceof Uint8Array) out.byteString(item);
    else if (Array.isArray(item)) {
      out.bytes(0x5d);
      start(item, item.values(), 0x65);
    } else if (item instanceof Map) {
      out.bytes(0x7d);
      start(item, alternating(item.entries()), 0x75);
    } else if (item instanceof Set) {
      out.ascii('c__builtin__\nset\n');
      out.bytes(0x5d);
      start(item, item.values(), 0x65, [0x85, 0x52]);
    } else if (typeof item === 'object' && isPlain(item)) {
      out.bytes(0x7d);
      start(item, alternating(Object.entries(item).filter(([, held]) => held !== undefined)), 0x75);
    } else {
      throw new UserError(`pickle: cannot write ${item === undefined ? 'undefined' : `a ${nameOf(item)}`}`);
    }
  };
  write(value);
  while (open.length > 0) {
    const top = open[open.length - 1];
    const { done, value: item } = top.items.next();
    if (done !== true) {
      if (top.waiting === group) {
        out.bytes(top.adds);
        top.waiting = 0;
      }
      if (top.waiting === 0) out.bytes(0x28);
      top.waiting++;
      write(item);
      continue;
    }
    if (top.waiting > 0) out.bytes(top.adds);
    out.bytes(...top.after);
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

const isPlain = (value: object | null): value is object => {
  if (value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const nameOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value;
