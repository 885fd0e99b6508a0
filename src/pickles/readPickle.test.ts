import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PickleError, readPickle, readPickleWith } from './index.js';

const folder = new URL('../../test/fixtures/pickles/', import.meta.url);
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const python = JSON.parse(read('values.json').toString()) as {
  values: Record<string, { expected: unknown; protocols: string[] }>;
  python2: Record<string, { expected: unknown; pickle: string }>;
};
const base64 = (text: string): Uint8Array => Buffer.from(text, 'base64');
const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A value in the tagged form of values.json (make.py). */
function tagged(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number') return Number.isInteger(value) ? { int: String(BigInt(value)) } : { float: value };
  if (typeof value === 'string') return { text: Buffer.from(value, 'utf16le').toString('hex') };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(tagged);
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [tagged(key), tagged(item)]) };
  if (value instanceof Set) return { set: [...value].map(tagged) };
  throw new Error(`unexpected ${String(value)}`);
}

/** A whole float is a number like an int in JavaScript. */
const wholeFloats = (expected: unknown): unknown =>
  JSON.parse(JSON.stringify(expected), (_, value: unknown) => {
    const float = (value as { float?: number } | null)?.float;
    return float !== undefined && Number.isInteger(float) ? { int: String(BigInt(float)) } : value;
  });

function refusal(bytes: Uint8Array): PickleError {
  try {
    readPickle(bytes);
  } catch (error) {
    if (error instanceof PickleError) return error;
    throw error;
  }
  throw new Error('the pickle was read, where it should be refused');
}

describe('readPickle', () => {
  for (const [name, { expected, protocols }] of Object.entries(python.values)) {
    it(`reads Python's ${name} of protocols 0 to 5`, () => {
      for (const [protocol, pickle] of protocols.entries()) {
        expect(tagged(readPickle(base64(pickle))), `protocol ${protocol}`).toEqual(wholeFloats(expected));
      }
    });
  }

  for (const [name, { expected, pickle }] of Object.entries(python.python2)) {
    it(`reads Python 2's ${name}`, () => expect(tagged(readPickle(base64(pickle)))).toEqual(expected));
  }

  it('reads numbers and booleans on lines', () => {
    const lines = '(lI5\naI01\naI00\naL123456789012345678901234567890L\naF1.5\naF-inf\naFnan\na.';
    expect(readPickle(ascii(lines))).toEqual([
      5,
      true,
      false,
      123456789012345678901234567890n,
      1.5,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it('makes objects of protocols 0 and 1 from the list only', () => {
    expect(readPickle(ascii('(icollections\nOrderedDict\n.'))).toEqual(new Map());
    expect(readPickle(ascii('(c__builtin__\nset\n(lI1\nao.'))).toEqual(new Set([1]));
    expect(refusal(ascii('(ios\nsystem\n.'))).toMatchObject({ offset: 1 });
  });

  it('gives one object for a value that is stored once and used twice', () => {
    const [first, second] = readPickle(base64(python.values.shared.protocols[4])) as unknown[];
    expect(first).toBe(second);
  });

  it('takes a Buffer as it takes plain bytes, and copies out of it', () => {
    const bytes = Buffer.concat([Buffer.from('junk'), Buffer.from('C\x03abc.', 'latin1')]).subarray(4);
    const value = readPickle(bytes) as Uint8Array;
    bytes.fill(0);
    expect([...value]).toEqual([97, 98, 99]);
  });
});

describe('a hostile pickle', () => {
  const reasons: Record<string, [offset: number, reason: RegExp]> = {
    'bad-memo.p': [2, /memo 5, which was never written/],
    'empty.p': [0, /empty/],
    'eval-in-the-middle.p': [62, /builtins\.eval/],
    'huge-length.p': [2, /1099511627776 bytes/],
    'protocol-9.p': [0, /protocol 9/],
    'self-cycle.p': [5, /holds itself/],
    'stack-underflow.p': [2, /empty stack/],
    'system.p': [5, /posix\.system/],
    'text.p': [0, /not a pickle/],
    'truncated.p': [1160, /ends before/],
    'unknown-opcode.p': [2, /0xfe/],
  };

  it('is listed below with every file of the reference', () => {
    const known = Object.keys(JSON.parse(read('hostile-expected.json').toString()) as object);
    expect([...Object.keys(reasons), 'deep.p'].sort()).toEqual(known.sort());
  });

  for (const [name, [offset, reason]] of Object.entries(reasons)) {
    it(`${name} is refused with its byte and reason`, () => {
      const error = refusal(read(name));
      expect(error.message).toMatch(reason);
      expect(error.message).toContain(`byte ${offset}:`);
      expect(error.offset).toBe(offset);
    });
  }

  it('of 200,000 nested lists is refused', () => {
    const deep = ascii(`\x80\x02${']'.repeat(200_000)}${'a'.repeat(199_999)}.`);
    expect(refusal(deep).message).toMatch(/byte 200501: values nested more than 500 deep/);
  });

  it('that nests by fetching what it made is refused', () => {
    const rounds = Array.from({ length: 600 }, (_, round) => `]p${round + 1}\ng${round}\na0`).join('');
    expect(refusal(ascii(`]p0\n0${rounds}g600\n.`)).message).toMatch(/nested more than 500 deep/);
  });

  it('that shares one list a thousand million times in effect is read once', () => {
    const rounds = Array.from({ length: 40 }, (_, round) => `]p${round + 1}\ng${round}\nag${round}\na0`).join('');
    expect(readPickle(ascii(`]p0\n0${rounds}g40\n.`))).toHaveLength(2);
  });

  it('with a cycle through a dict or a tuple is refused', () => {
    expect(refusal(ascii('}p0\nI1\ng0\ns.')).message).toMatch(/byte 7: .*holds itself/);
    expect(refusal(ascii(']p0\n(g0\nta.')).message).toMatch(/holds itself/);
    expect(refusal(ascii(']2a.')).message).toMatch(/byte 1: .*holds itself/);
  });

  it('with a gigantic memo number, length or integer is refused without taking the room', () => {
    expect(refusal(Uint8Array.of(0x4e, 0x72, 0xff, 0xff, 0xff, 0xff, 0x2e)).message).toMatch(/byte 1: .*4294967295/);
    expect(refusal(Uint8Array.of(0x8b, 0xff, 0xff, 0xff, 0x7f, 0x2e)).message).toMatch(/byte 0: .*2147483647/);
    expect(refusal(Uint8Array.of(0x8b, 0xff, 0xff, 0xff, 0xff, 0x2e)).message).toMatch(/negative length/);
    expect(refusal(ascii(`L${'9'.repeat(5000)}L\n.`)).message).toMatch(/byte 0: an integer/);
    expect(refusal(Uint8Array.of(0x95, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)).message).toMatch(/a frame of/);
  });

  it('that copies one large text again and again is refused', () => {
    const big = `X\x40\x0d\x03\x00${'a'.repeat(200_000)}`;
    const again = `g1\n(g0\nVlatin1\ntR0`.repeat(1000);
    expect(refusal(ascii(`${big}p0\n0c_codecs\nencode\np1\n0${again}N.`)).message).toMatch(/again and again/);
  });

  it('that calls, builds or fills the wrong thing is refused', () => {
    for (const [text, reason] of [
      ['N(tR.', /not a function/],
      ['c__builtin__\nset\nNR.', /without a tuple/],
      ['c__builtin__\nset\n(I1\nI2\ntR.', /other than one list/],
      ['c__builtin__\nbytearray\n(I2000000000\ntR.', /other than bytes/],
      ['(dNb.', /takes none/],
      ['NI1\na.', /not a list/],
      ['](I1\nu.', /not a dict/],
      ['}(I1\nu.', /no value/],
      ['t.', /needs a mark/],
      ['(.', /empty stack/],
      ['Pid\n.', /outside of it/],
      ['cos', /without its end/],
      ["S'abc\n.", /without its quotes/],
      ['V\\u12\n.', /broken \\u escape/],
      ['X\x01\x00\x00\x00\xff.', /not UTF-8/],
      ['Fabc\n.', /a number written as/],
      ['c__builtin__\n__proto__\n.', /__builtin__\.__proto__/],
    ] as const) {
      expect(refusal(ascii(text)).message, text).toMatch(reason);
    }
  });
});

describe('readPickleWith', () => {
  it('asks for outside values and allows further names', () => {
    const storage = { call: () => 'made', setState: () => undefined, dtype: 'float32' };
    const text = "ctorch\nFloatStorage\np0\n0((S'storage'\ng0\nS'7'\nlQg0\n(tRNbl.";
    const { value, end } = readPickleWith(ascii(text), {
      globals: new Map([['torch.FloatStorage', { ...storage, call: () => ({ made: true }) }]]),
      persistentLoad: (id) => id,
    });
    expect(value).toMatchObject([['storage', { dtype: 'float32' }, '7'], { made: true }]);
    expect(end).toBe(text.length);
  });

  it('reads pickles that follow each other, with offsets from the start of the file', () => {
    const two = ascii('I1\n.I2\n.cos\nsystem\n.');
    const first = readPickleWith(two);
    const second = readPickleWith(two, { start: first.end });
    expect([first.value, second.value]).toEqual([1, 2]);
    expect(() => readPickleWith(two, { start: second.end })).toThrow(/byte 8: .*os\.system/);
  });

  it('adds the byte to what an allowed name refuses', () => {
    const globals = new Map([
      [
        'a.b',
        {
          call: () => {
            throw new Error('not this one');
          },
        },
      ],
    ]);
    expect(() => readPickleWith(ascii('ca\nb\n(tR.'), { globals })).toThrow('pickle: byte 7: not this one');
  });
});
