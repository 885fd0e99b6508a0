/** Texts longer than this are rare enough to go to TextDecoder, whose call costs more than a short text. */
const shortBytes = 48;
const maxSlots = 1 << 13;

/** Reads texts of one file; short ones that come again are the same string, made once. */
export interface TextReader {
  /** UTF-8, lone surrogates included (Python's `surrogatepass`). @throws Error when it is not UTF-8. */
  utf8(from: number, to: number): string;
  /** Python 2's strings, which do not say what they are: UTF-8 where the bytes are, else Latin-1. */
  python2(from: number, to: number): string;
}

export function createTextReader(bytes: Uint8Array): TextReader {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const units = new Uint16Array(shortBytes);
  let slots = 16;
  while (slots < maxSlots && slots * 16 < bytes.length) slots *= 2;
  const starts = new Uint32Array(slots);
  const lengths = new Uint8Array(slots);
  const texts = new Array<string>(slots).fill('');
  const utf8 = (from: number, to: number): string => {
    const length = to - from;
    if (length === 0) return '';
    if (length > shortBytes) {
      try {
        return decoder.decode(bytes.subarray(from, to));
      } catch {
        return fromUnits(decodeUnits(bytes, from, to, new Uint16Array(length)));
      }
    }
    let hash = length;
    for (let place = from; place < to; place++) hash = Math.imul(hash ^ bytes[place], 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    if (lengths[slot] === length) {
      const start = starts[slot];
      let same = 0;
      while (same < length && bytes[start + same] === bytes[from + same]) same++;
      if (same === length) return texts[slot];
    }
    const text = fromUnits(decodeUnits(bytes, from, to, units));
    starts[slot] = from;
    lengths[slot] = length;
    texts[slot] = text;
    return text;
  };
  return {
    utf8,
    python2(from, to) {
      try {
        return utf8(from, to);
      } catch {
        return latin1(bytes.subarray(from, to));
      }
    },
  };
}

const fromUnits = (units: Uint16Array): string => {
  if (units.length <= 8192) return String.fromCharCode.apply(null, units as unknown as number[]);
  let text = '';
  for (let at = 0; at < units.length; at += 8192) text += fromUnits(units.subarray(at, at + 8192));
  return text;
};

/** The bytes as Latin-1: one character each. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length <= shortBytes) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  return fromUnits(Uint16Array.from(bytes));
}

/** UTF-16 units of UTF-8 bytes; a lone surrogate written in three bytes is let through. */
function decodeUnits(bytes: Uint8Array, from: number, to: number, units: Uint16Array): Uint16Array {
  let length = 0;
  let at = from;
  while (at < to) {
    const lead = bytes[at++];
    if (lead < 0x80) {
      units[length++] = lead;
      continue;
    }
    const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || at + more > to) throw new Error('a text that is not UTF-8');
    let point = lead & (0x3f >> more);
    for (let follower = 0; follower < more; follower++) {
      const byte = bytes[at++];
      if ((byte & 0xc0) !== 0x80) throw new Error('a text that is not UTF-8');
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < (more === 3 ? 0x10000 : more === 2 ? 0x800 : 0x80) || point > 0x10ffff) {
      throw new Error('a text that is not UTF-8');
    }
    if (point < 0x10000) units[length++] = point;
    else {
      units[length++] = 0xd800 + ((point - 0x10000) >> 10);
      units[length++] = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
  }
  return units.subarray(0, length);
}

const simpleEscapes: Record<string, number> = {
  '\\': 92,
  "'": 39,
  '"': 34,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/**
 * The bytes of a quoted string of protocol 0 (Python 2's repr): quotes of one kind, backslash escapes.
 * @throws Error when the quotes or an escape are broken.
 */
export function unquote(line: string): Uint8Array {
  const quote = line[0];
  if (line.length < 2 || (quote !== "'" && quote !== '"') || line[line.length - 1] !== quote) {
    throw new Error('a string without its quotes');
  }
  const bytes = new Uint8Array(line.length);
  let length = 0;
  const end = line.length - 1;
  for (let at = 1; at < end; at++) {
    if (line[at] !== '\\') {
      bytes[length++] = line.charCodeAt(at);
      continue;
    }
    at++;
    const code = line[at];
    if (at >= end) throw new Error('a string that ends in a backslash');
    if (code === 'x') {
      const digits = line.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits) || at + 2 >= end) throw new Error('a string with a broken \\x escape');
      bytes[length++] = Number.parseInt(digits, 16);
      at += 2;
    } else if (code >= '0' && code <= '7') {
      let digits = code;
      while (digits.length < 3 && at + 1 < end && line[at + 1] >= '0' && line[at + 1] <= '7') digits += line[++at];
      bytes[length++] = Number.parseInt(digits, 8) & 0xff;
    } else if (Object.hasOwn(simpleEscapes, code)) {
      bytes[length++] = simpleEscapes[code];
    } else {
      bytes[length++] = 92;
      bytes[length++] = line.charCodeAt(at);
    }
  }
  return bytes.slice(0, length);
}

/**
 * A text of protocol 0: Latin-1 with \uXXXX and \UXXXXXXXX (Python's raw-unicode-escape).
 * @throws Error when an escape is broken.
 */
export function unescapeRawUnicode(line: string): string {
  if (!line.includes('\\')) return line;
  return line.replace(/(\\+)([uU][0-9a-fA-F]{0,8})?/g, (whole, slashes: string, code: string | undefined) => {
    if (code === undefined || slashes.length % 2 === 0) return whole;
    const digits = code[0] === 'u' ? 4 : 8;
    const point = Number.parseInt(code.slice(1, 1 + digits), 16);
    if (code.length - 1 < digits || point > 0x10ffff) throw new Error(`a text with a broken \\${code[0]} escape`);
    return slashes.slice(1) + String.fromCodePoint(point) + code.slice(1 + digits);
  });
}
