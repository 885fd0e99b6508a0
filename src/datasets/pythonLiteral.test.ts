import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonLiteral } from './pythonLiteral.js';

/** A value as Python's repr would print it. */
function repr(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value as object)
      .map(([key, inner]) => `${repr(key)}: ${repr(inner)}`)
      .join(', ')}}`;
  if (typeof value !== 'string') return String(value);
  const escaped = value
    .replace(/[\\']/g, '\\$&')
    .replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}

describe('parsePythonLiteral', () => {
  it('reads what repr writes', () => {
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc.string({ unit: 'binary' }),
        tie('list'),
        tie('record'),
      ),
      list: fc.array(tie('value'), { maxLength: 4 }),
      record: fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
    })).value;
    fc.assert(
      fc.property(values, (value) => {
        expect(JSON.stringify(parsePythonLiteral(repr(value)))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('reads tuples, bytes, trailing commas and either quote', () => {
    expect(parsePythonLiteral(`{'size': (3, 4,), "counts": b'ab\\\\"c\\x41'}`)).toEqual({
      size: [3, 4],
      counts: 'ab\\"cA',
    });
  });

  it.each(['', '{', "{'a'", "{'a' 1}", "{'a': open('x')}", '[1, 2', "'x", '__import__("os")', '1 2', '[[', '{1: 2}'])(
    'refuses %j',
    (text) => {
      expect(() => parsePythonLiteral(text)).toThrow(/^position \d+: /);
    },
  );

  it('refuses deep nesting instead of running out of stack', () => {
    expect(() => parsePythonLiteral('['.repeat(100_000))).toThrow(/position/);
  });
});
