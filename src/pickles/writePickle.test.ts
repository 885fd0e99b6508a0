import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Picklable, readPickle, writePickle } from './index.js';

describe('writePickle', () => {
  it('writes refs as the bytes that Python was seen to read', () => {
    const refs = [
      {
        ref_id: 1,
        ann_id: 70_000,
        split: 'train',
        file_name: '图 1.jpg',
        sentences: [{ raw: 'The red car', sent_id: 0, score: 0.5, big: 2n ** 70n }],
        flags: [true, false, null],
        bytes: Uint8Array.of(1, 255),
        left_out: undefined,
      },
    ];
    // `make.py check` printed [{'ref_id': 1, 'ann_id': 70000, 'split': 'train', 'file_name': '图 1.jpg', 'sentences':
    // [{'raw': 'The red car', 'sent_id': 0, 'score': 0.5, 'big': 1180591620717411303424}], 'flags': [True, False, None],
    // 'bytes': b'\x01\xff'}]
    expect(Buffer.from(writePickle(refs)).toString('base64')).toBe(
      'gAJdKH0oWAYAAAByZWZfaWRxAEsBWAYAAABhbm5faWRxAUpwEQEAWAUAAABzcGxpdHECWAUAAAB0cmFpbnEDWAkAAABmaWxlX25hbWVxBFgJAAAA5Zu+IDEuanBncQVYCQAAAHNlbnRlbmNlc3EGXSh9KFgDAAAAcmF3cQdYCwAAAFRoZSByZWQgY2FycQhYBwAAAHNlbnRfaWRxCUsAWAUAAABzY29yZXEKRz/gAAAAAAAAWAMAAABiaWdxC4oQAAAAAAAAAABAAAAAAAAAAHVlWAUAAABmbGFnc3EMXSiIiU5lWAUAAABieXRlc3ENY19jb2RlY3MKZW5jb2RlClgDAAAAAcO/WAYAAABsYXRpbjFxDoZSdWUu',
    );
  });

  it('is read back the same', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt().filter((value) => value > 2n ** 53n || value < -(2n ** 53n)),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 20 }),
    );
    const { value } = fc.letrec<{ value: Picklable }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value'), { maxLength: 5 }),
        fc
          .array(fc.tuple(fc.oneof(fc.string(), fc.integer(), fc.array(fc.integer())), tie('value')), { maxLength: 5 })
          .map((entries) => new Map(entries)),
        fc.uniqueArray(fc.integer()).map((values) => new Set(values)),
      ),
    }));
    fc.assert(
      fc.property(value, (written) => {
        expect(readPickle(writePickle(written))).toEqual(written);
      }),
    );
  });

  it('writes lists and dicts of many groups, and lone surrogates', () => {
    const long = Array.from({ length: 3001 }, (_, place) => place);
    expect(readPickle(writePickle(long))).toEqual(long);
    const dict = new Map(long.map((place) => [`key ${place}`, place]));
    expect(readPickle(writePickle(dict))).toEqual(dict);
    expect(readPickle(writePickle('a\ud800b'))).toBe('a\ud800b');
    expect(readPickle(writePickle(2n ** 3000n))).toBe(2n ** 3000n);
  });

  it('refuses what Python could not hold or would never end', () => {
    const own: Picklable[] = [];
    own.push(own);
    expect(() => writePickle(own)).toThrow(/holds itself/);
    let deep: Picklable = 1;
    for (let level = 0; level < 600; level++) deep = [deep];
    expect(() => writePickle(deep)).toThrow(/more than 500 deep/);
    expect(() => writePickle([undefined] as unknown as Picklable)).toThrow(/undefined/);
    expect(() => writePickle((() => 1) as unknown as Picklable)).toThrow(/function/);
    expect(() => writePickle(new Date() as unknown as Picklable)).toThrow(/Date/);
    expect(() => writePickle(new Map([[new Map(), 1]]))).toThrow(/key/);
  });
});
