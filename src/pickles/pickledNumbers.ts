/** As many digits as Python reads by default; more would take time out of proportion. */
const maxDigits = 4300;
const maxBytes = 1024;

/**
 * An integer of little-endian two's complement bytes: a number, or a bigint outside the safe range.
 * @throws Error when it is longer than any that a dataset or checkpoint holds.
 */
export function integerOfBytes(bytes: Uint8Array): number | bigint {
  const { length } = bytes;
  if (length === 0) return 0;
  if (length > maxBytes) throw new Error(`an integer of ${length} bytes; at most ${maxBytes} are read`);
  const negative = (bytes[length - 1] & 0x80) !== 0;
  if (length <= 6) {
    let value = 0;
    for (let place = length - 1; place >= 0; place--) value = value * 256 + bytes[place];
    return negative ? value - 256 ** length : value;
  }
  let digits = '';
  for (let place = length - 1; place >= 0; place--) digits += bytes[place].toString(16).padStart(2, '0');
  const unsigned = BigInt(`0x${digits}`);
  return safely(negative ? unsigned - (1n << BigInt(8 * length)) : unsigned);
}

/** @throws Error when the text is no decimal integer of at most 4,300 digits. */
export function integerOfText(text: string): number | bigint {
  const trimmed = text.trim();
  if (trimmed.length > maxDigits || !/^[+-]?\d+$/.test(trimmed)) {
    throw new Error(`an integer written as ${JSON.stringify(trimmed.slice(0, 40))}`);
  }
  if (trimmed.length <= 15) return Number(trimmed) + 0;
  return safely(BigInt(trimmed.replace('+', '')));
}

/** @throws Error when the text is no number as Python's repr writes it. */
export function numberOfText(text: string): number {
  const special = /^\s*([+-]?)(?:(inf(?:inity)?)|(nan))\s*$/i.exec(text);
  if (special !== null) {
    if (special[3] !== undefined) return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (text.length > 400 || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) {
    throw new Error(`a number written as ${JSON.stringify(text.slice(0, 40))}`);
  }
  return Number(text);
}

const safely = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};
