import { UserError } from '../errors/index.js';

const maxDepth = 32;
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};

/**
 * Parses the text of a Python literal: dicts (with text keys), lists, tuples, strings, bytes, numbers, True, False and
 * None. Nothing is evaluated. Throws a UserError with the position where something else stands.
 */
export function parsePythonLiteral(text: string): unknown {
  let position = 0;
  const fail = (what: string): UserError => new UserError(`position ${position + 1}: ${what}`);
  const space = (): void => {
    while (/\s/.test(text[position] ?? '')) position += 1;
  };
  const parseString = (): string => {
    const quote = text[position];
    let result = '';
    position += 1;
    for (;;) {
      const character = text[position];
      if (character === undefined) throw fail('the string has no end');
      position += 1;
      if (character === quote) return result;
      if (character !== '\\') {
        result += character;
        continue;
      }
      const next = text[position] ?? '';
      const hexadecimal = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(text.slice(position, position + 5));
      if (hexadecimal) {
        result += String.fromCharCode(Number.parseInt(hexadecimal[1] ?? hexadecimal[2], 16));
        position += hexadecimal[0].length;
      } else {
        // Python keeps the backslash of an escape that it does not know.
        result += escapes[next] ?? `\\${next}`;
        position += 1;
      }
    }
  };
  const parseItems = (close: string, item: () => void): void => {
    position += 1;
    for (;;) {
      space();
      if (text[position] === close) {
        position += 1;
        return;
      }
      item();
      space();
      if (text[position] === ',') position += 1;
      else if (text[position] !== close) throw fail(`expected , or ${close}`);
    }
  };
  const parseValue = (depth: number): unknown => {
    if (depth > maxDepth) throw fail('it is nested too deeply');
    space();
    const character = text[position];
    if (character === '{') {
      const record: Record<string, unknown> = Object.create(null);
      parseItems('}', () => {
        const key = parseValue(depth + 1);
        if (typeof key !== 'string') throw fail('expected a key in quotes');
        space();
        if (text[position] !== ':') throw fail('expected : after the key');
        position += 1;
        record[key] = parseValue(depth + 1);
      });
      return record;
    }
    if (character === '[' || character === '(') {
      const list: unknown[] = [];
      parseItems(character === '[' ? ']' : ')', () => list.push(parseValue(depth + 1)));
      return list;
    }
    if (/[bu]/.test(character ?? '') && /['"]/.test(text[position + 1] ?? '')) position += 1;
    if (text[position] === "'" || text[position] === '"') return parseString();
    const word = /^[-+\w.]+/.exec(text.slice(position, position + 64))?.[0] ?? '';
    const named = { True: true, False: false, None: null }[word];
    const value = named === undefined ? Number(word === '' ? 'x' : word) : named;
    if (typeof value === 'number' && !Number.isFinite(value))
      throw fail(`'${(text[position] ?? 'the end').slice(0, 20)}' is not a value`);
    position += word.length;
    return value;
  };
  const value = parseValue(0);
  space();
  if (position < text.length) throw fail('there is text behind the value');
  return value;
}
