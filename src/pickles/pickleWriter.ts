/** Writes the instructions of protocol 2 for single values into bytes that grow. */
export interface PickleWriter {
  bytes(...values: readonly number[]): void;
  ascii(text: string): void;
  /** An int where the number is whole and safe, else a float; -0 is a float. */
  number(value: number): void;
  integer(value: bigint): void;
  /** A text; a short one that comes again refers to the first. */
  text(value: string): void;
  byteString(value: Uint8Array): void;
  finish(): Uint8Array;
}

/** Longer texts hardly ever come twice. */
const rememberedCharacters = 100;

export function createPickleWriter(): PickleWriter {
  let buffer = new Uint8Array(1 << 12);
  let view = new DataView(buffer.buffer);
  let length = 0;
  const memo = new Map<string, number>();
  const room = (more: number): void => {
    if (length + more <= buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * buffer.length, length + more));
    grown.set(buffer);
    buffer = grown;
    view = new DataView(buffer.buffer);
  };
  const byte = (value: number): void => {
    room(1);
    buffer[length++] = value;
  };
  const uint32 = (value: number): void => {
    room(4);
    view.setUint32(length, value, true);
    length += 4;
  };
  const writer: PickleWriter = {
    bytes(...values) {
      for (const value of values) byte(value);
    },
    ascii(text) {
      for (let place = 0; place < text.length; place++) byte(text.charCodeAt(place));
    },
    number(value) {
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        room(9);
        buffer[length] = 0x47;
        view.setFloat64(length + 1, value);
        length += 9;
      } else if (value >= 0 && value < 256) {
        byte(0x4b);
        byte(value);
      } else if (value >= 0 && value < 65_536) {
        byte(0x4d);
        byte(value & 0xff);
        byte(value >> 8);
      } else if (value === (value | 0)) {
        byte(0x4a);
        uint32(value);
      } else writer.integer(BigInt(value));
    },
    integer(value) {
      let bytes = 1;
      while (BigInt.asIntN(8 * bytes, value) !== value) bytes = bytes < 8 ? bytes + 1 : bytes * 2;
      if (bytes < 256) {
        byte(0x8a);
        byte(bytes);
      } else {
        byte(0x8b);
        uint32(bytes);
      }
      const digits = BigInt.asUintN(8 * bytes, value)
        .toString(16)
        .padStart(2 * bytes, '0');
      for (let place = bytes - 1; place >= 0; place--)
        byte(Number.parseInt(digits.slice(2 * place, 2 * place + 2), 16));
    },
    text(value) {
      const known = memo.get(value);
      if (known !== undefined) {
        byte(known < 256 ? 0x68 : 0x6a);
        if (known < 256) byte(known);
        else uint32(known);
        return;
      }
      byte(0x58);
      room(4 + 3 * value.length);
      const written = writeUtf8(value, buffer.subarray(length + 4));
      uint32(written);
      length += written;
      if (value.length > rememberedCharacters) return;
      const index = memo.size;
      memo.set(value, index);
      byte(index < 256 ? 0x71 : 0x72);
      if (index < 256) byte(index);
      else uint32(index);
    },
    byteString(value) {
      // Protocol 2 has no bytes: Python writes, and reads, them as Latin-1 text to encode.
      if (value.length === 0) {
        writer.ascii('c__builtin__\nbytes\n)R');
        return;
      }
      writer.ascii('c_codecs\nencode\nX');
      let high = 0;
      for (const one of value) if (one >= 0x80) high++;
      uint32(value.length + high);
      room(value.length + high);
      for (const one of value) {
        if (one >= 0x80) buffer[length++] = 0xc0 | (one >> 6);
        buffer[length++] = one >= 0x80 ? 0x80 | (one & 0x3f) : one;
      }
      writer.text('latin1');
      writer.ascii('\x86R');
    },
    finish: () => buffer.slice(0, length),
  };
  return writer;
}

const encoder = new TextEncoder();

/** UTF-8 with lone surrogates in three bytes each, as Python's pickles have them; gives the bytes written. */
function writeUtf8(text: string, target: Uint8Array): number {
  if (!/\p{Surrogate}/u.test(text)) return encoder.encodeInto(text, target).written;
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point >= 0xd800 && point < 0xe000) {
      target[length++] = 0xe0 | (point >> 12);
      target[length++] = 0x80 | ((point >> 6) & 0x3f);
      target[length++] = 0x80 | (point & 0x3f);
    } else length += encoder.encodeInto(character, target.subarray(length)).written;
  }
  return length;
}
