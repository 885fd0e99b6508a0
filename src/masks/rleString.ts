import { UserError } from '../errors/index.js';
import { checkMaskSize, checkRle, type Rle } from './rle.js';

/**
 * A mask from COCO's compressed counts: groups of five bits, lowest first, each as the character 48 + value; bit 0x20 says
 * that another group follows, bit 0x10 of the last group is the sign. From the fourth count on a count is stored as its
 * difference from the one two before.
 * @throws UserError naming the character's place when the text is cut off, has a character outside '0' to 'o', gives a
 * negative or too long run, or runs that do not sum to height x width.
 */
export function rleFromString(text: string, height: number, width: number): Rle {
  checkMaskSize(height, width);
  if (scratchCounts.length < text.length) scratchCounts = new Uint32Array(2 * text.length);
  let length = decodeUsual(text, height * width, scratchCounts, 0, false);
  if (length === unusual) length = decodeCarefully(text, height, width);
  return { height, width, counts: scratchCounts.slice(0, length) };
}

/** What `decodeUsual` gives for a text that it leaves to others. */
export const unusual = -1;

/**
 * Decodes a text without fault and without empty runs, of a mask below 2^30 pixels, and gives the number of runs; `unusual`
 * for every other text. Writes the runs' lengths into a target from a place on, or where they end in column-major order.
 * Operations on masks in strings spend most of their time here: all numbers stay within 32 bits, and whatever is unusual
 * leaves its sign.
 */
export function decodeUsual(text: string, pixels: number, target: Uint32Array, begin: number, asEnds: boolean): number {
  if (text === '' || pixels >= 2 ** 30) return unusual;
  // Each character may take three bytes, and the text one more to end it.
  if (scratch.length <= 3 * text.length) scratch = new Uint8Array(6 * text.length);
  // A text in bytes is read faster than its characters; a character beyond ASCII becomes bytes that no group has.
  const bytes = scratch;
  const textEnd = utf8.encodeInto(text, bytes).written;
  // No group either: a count that the text's end cuts off stops here.
  bytes[textEnd] = 0;
  // No difference is taken from the first count; read apart from the rest, it need not be told from them each time.
  const first = readCount(text, 0);
  if (first.value < 0 || first.value > pixels) return unusual;
  target[begin] = first.value;
  const mask = asEnds ? -1 : 0;
  let at = begin + 1;
  let place = first.end;
  let position = first.value;
  let before = 0;
  let twoBefore = 0;
  let signs = 0;
  while (place < textEnd) {
    let group = bytes[place++] - 48;
    let value: number;
    // One group or two are most counts; the shifts put the last group's bit 0x10 where the sign stands, and back.
    if (group < 32) value = (group << 27) >> 27;
    else {
      if (group > 63) return unusual;
      const low = group & 0x1f;
      group = bytes[place++] - 48;
      if (group < 32) value = ((low | (group << 5)) << 22) >> 22;
      else {
        value = low | ((group & 0x1f) << 5);
        let bits = 10;
        // Six groups fit the 32 bits of these operations; hardly a count has more.
        do {
          if (group > 63 || bits === 30) return unusual;
          group = bytes[place++] - 48;
          value |= (group & 0x1f) << bits;
          bits += 5;
        } while (group > 31);
        value = (value << (32 - bits)) >> (32 - bits);
      }
    }
    value += twoBefore;
    target[at++] = (position & mask) + value;
    position += value;
    signs |= group | (value - 1) | (pixels - position);
    twoBefore = before;
    before = value;
  }
  return position === pixels && signs >= 0 ? at - begin : unusual;
}

/**
 * Decodes any text and gives the number of counts.
 * @throws UserError as rleFromString does.
 */
function decodeCarefully(text: string, height: number, width: number): number {
  const pixels = height * width;
  const counts = scratchCounts;
  let length = 0;
  let sum = 0;
  let place = 0;
  while (place < text.length) {
    const start = place;
    const { value, end } = readCount(text, start);
    const count = length > 2 ? value + counts[length - 2] : value;
    if (count < 0 || count > pixels) {
      throw damaged(`run ${length}, at character ${start}, is ${count}, not between 0 and ${pixels}`);
    }
    sum += count;
    counts[length++] = count;
    place = end;
  }
  if (sum !== pixels) throw damaged(`the runs sum to ${sum}, but ${height} x ${width} has ${pixels} pixels`);
  return length;
}

/** The number that begins at a character, and where it ends: seven groups are the most that any needs. */
function readCount(text: string, start: number): { value: number; end: number } {
  let value = 0;
  let scale = 1;
  for (let place = start; place < start + 7; place++) {
    if (place === text.length) throw damaged(`ends inside a count that begins at character ${start}`);
    const group = text.charCodeAt(place) - 48;
    if (group < 0 || group > 63) {
      throw damaged(`character ${place} is ${JSON.stringify(text[place])}, outside '0' to 'o'`);
    }
    value += (group & 0x1f) * scale;
    scale *= 32;
    if ((group & 0x20) === 0) return { value: (group & 0x10) === 0 ? value : value - scale, end: place + 1 };
  }
  throw damaged(`the count at character ${start} has more than seven groups`);
}

const damaged = (reason: string): UserError => new UserError(`mask: compressed runs: ${reason}`);

const utf8 = new TextEncoder();
const ascii = new TextDecoder();

/** Room for the characters and counts of one mask, kept between calls. */
let scratch = new Uint8Array(4096);
let scratchCounts = new Uint32Array(4096);

/**
 * COCO's compressed counts of a mask (see rleFromString).
 * @throws UserError when the runs do not fill the size.
 */
export function rleToString(rle: Rle): string {
  checkRle(rle);
  const { counts } = rle;
  if (scratch.length < 7 * counts.length) scratch = new Uint8Array(7 * counts.length);
  let length = 0;
  for (let run = 0; run < counts.length; run++) {
    let value = run > 2 ? counts[run] - counts[run - 2] : counts[run];
    // Bit operations see 32 signed bits, which a few differences pass.
    while (value !== (value | 0)) {
      const rest = Math.floor(value / 32);
      scratch[length++] = 48 + (value - rest * 32 + 32);
      value = rest;
    }
    for (;;) {
      const group = value & 0x1f;
      value >>= 5;
      if (value === ((group & 0x10) === 0 ? 0 : -1)) {
        scratch[length++] = 48 + group;
        break;
      }
      scratch[length++] = 48 + (group | 0x20);
    }
  }
  return ascii.decode(scratch.subarray(0, length));
}
