import { describe, expect, it } from 'vitest';
import { jpegDamage, readJpeg } from './jpegDamage.js';

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

describe('readJpeg', () => {
  /** A decoder that complains of warnings by messages, one after the other. */
  const decoder = (messages: readonly string[]) => {
    const asked: string[] = [];
    const read = async (failOn: string): Promise<string> => {
      asked.push(failOn);
      const message = messages[asked.filter((level) => level === 'warning').length - 1];
      if (failOn === 'warning' && message !== undefined) throw new Error(message);
      return 'pixels';
    };
    return { asked, read };
  };
  const bad = 'VipsJpeg: Corrupt JPEG data: bad Huffman code';
  const wiped = 'Warning treated as error due to failOn setting';

  it.each([
    ['a sound picture once', [], ['warning'], null],
    ['a damaged one twice', [bad], ['warning', 'error'], 'bad Huffman code'],
    ['harmless warnings', ['VipsJpeg: Unknown Adobe color transform code 3'], ['warning', 'error'], null],
    ['a message wiped by another', [wiped, '', bad], ['warning', 'error', 'warning', 'warning'], 'bad Huffman code'],
  ])('reads %s', async (_name, messages, levels, damage) => {
    const { asked, read } = decoder(messages);
    expect(await readJpeg(read)).toEqual({ result: 'pixels', damage });
    expect(asked).toEqual(levels);
  });

  it('tells of damage without a reason, and passes on what cannot be read at all', async () => {
    const { read } = decoder(new Array(9).fill(wiped));
    expect(await readJpeg(read)).toEqual({ result: 'pixels', damage: 'the decoder gives no reason' });
    await expect(readJpeg(async () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off');
  });
});
