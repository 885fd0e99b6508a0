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
  const pixels = height * width;
  // A text in bytes is read faster than its characters; a character beyond ASCII becomes bytes that no group has.
  if (scratch.length < 3 * text.length) makeRoom(3 * text.length);
  const bytes = scratch;
  const counts = scratchCounts;
  const end = utf8.encodeInto(text, bytes).written;
  let length = 0;
  let sum = 0;
  let place = 0;
  while (place < end) {
    const start = place;
    let group = bytes[place++] - 48;
    let value = group & 0x1f;
    let shift = 5;
    // Six groups fit the 32 bits of these operations; few counts have more.
    while ((group & 0x20) !== 0 && shift < 30 && place < end && group > 0 && group < 64) {
      group = bytes[place++] - 48;
      value |= (group & 0x1f) << shift;
      shift += 5;
    }
    if (group < 0 || group > 31) {
      value = longCount(text, start);
      place = start + 7;
    } else if ((group & 0x10) !== 0) value -= 1 << shift;
    if (length > 2) value += counts[length - 2];
    if (value < 0 || value > pixels) {
      throw damaged(`run ${length}, at character ${start}, is ${value}, not between 0 and ${pixels}`);
    }
    counts[length++] = value;
    sum += value;
  }
  if (sum !== pixels) throw damaged(`the runs sum to ${sum}, but ${height} x ${width} has ${pixels} pixels`);
  return { height, width, counts: counts.slice(0, length) };
}

/** A count of seven groups, the most that any count or difference needs; says what is wrong with everything else. */
function longCount(text: string, start: number): number {
  let value = 0;
  for (let place = start; place < start + 7; place++) {
    if (place === text.length) throw damaged(`ends inside a count that begins at character ${start}`);
    const group = text.charCodeAt(place) - 48;
    if (group < 0 || group > 63) {
      throw damaged(`character ${place} is ${JSON.stringify(text[place])}, outside '0' to 'o'`);
    }
    value += (group & 0x1f) * 32 ** (place - start);
    if ((group & 0x20) === 0) return (group & 0x10) === 0 ? value : value - 32 ** (place - start + 1);
  }
  throw damaged(`the count at character ${start} has more than seven groups`);
}

const damaged = (reason: string): UserError => new UserError(`mask: compressed runs: ${reason}`);

const utf8 = new TextEncoder();
const ascii = new TextDecoder();

/** Room for the characters and counts of one mask, kept between calls. */
let scratch = new Uint8Array(4096);
let scratchCounts = new Uint32Array(4096);

function makeRoom(length: number): void {
  scratch = new Uint8Array(length);
  scratchCounts = new Uint32Array(length);
}

/**
 * COCO's compressed counts of a mask (see rleFromString).
 * @throws UserError when the runs do not fill the size.
 */
export function rleToString(rle: Rle): string {
  checkRle(rle);
  const { counts } = rle;
  if (scratch.length < 7 * counts.length) makeRoom(7 * counts.length);
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
