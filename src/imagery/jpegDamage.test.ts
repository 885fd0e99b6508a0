import { expect, it } from 'vitest';
import { jpegDamage } from './jpegDamage.js';

it.each([
  ['VipsJpeg: Corrupt JPEG data: premature end of data segment', 'premature end of data segment'],
  ['VipsJpeg: Corrupt JPEG data: bad Huffman code\nVipsJpeg: other', 'bad Huffman code'],
  ['VipsJpeg: Corrupt JPEG data: 12 extraneous bytes before marker 0xd4', '12 extraneous bytes before marker 0xd4'],
  ['VipsJpeg: Corrupt JPEG data: 12 extraneous bytes before marker 0xda', '12 extraneous bytes before marker 0xda'],
  ['VipsJpeg: Corrupt JPEG data: 12 extraneous bytes before marker 0xd9', null],
  ['VipsJpeg: Corrupt JPEG data: 12 extraneous bytes before marker 0xe1', null],
  ['VipsJpeg: Unknown Adobe color transform code 3', null],
  ['VipsJpeg: Invalid SOS parameters for sequential JPEG', null],
  ['', null],
])('%j', (warnings, damage) => expect(jpegDamage(warnings)).toBe(damage));
