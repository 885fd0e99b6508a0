import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayOfDType, bitsOfDType, type DType } from './dtype.js';
import { encodeSafetensors, readSafetensors } from './safetensors.js';
import { parseSafetensorsHeader } from './safetensorsHeader.js';
import { byteLength, bytesOfTensor, createTensor, float32Tensor, type Tensor, toFloat32 } from './tensor.js';

const fixture = (path: string): Uint8Array => readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url));

/** A file of a header text and data bytes. */
function file(header: string | Uint8Array, dataBytes = 0, statedLength?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, statedLength ?? BigInt(json.byteLength), true);
  bytes.set(json, 8);
  return bytes;
}
const entry = (dtype: string, shape: number[], begin: number, end: number): string =>
  `{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data_offsets":[${begin},${end}]}`;

const dtypes = Object.keys(bitsOfDType) as DType[];
const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 3 }), fc.infiniteStream(fc.nat(255)))
  .filter(([dtype, shape]) => Number.isInteger(byteLength(dtype, shape)))
  .map(([dtype, shape, stream]) => {
    const bytes = Uint8Array.from({ length: byteLength(dtype, shape) }, () => stream.next().value as number);
    const array = arrayOfDType[dtype];
    return { dtype, shape, data: new array(bytes.buffer, 0, bytes.length / array.BYTES_PER_ELEMENT) } as Tensor;
  });
const anyTensors = fc.dictionary(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__'),
  anyTensor,
  {
    maxKeys: 6,
  },
);

describe('a safetensors file', () => {
  it('comes back as it was written, aligned, in a stable order', () => {
    fc.assert(
      fc.property(
        anyTensors,
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
        (named, texts) => {
          const tensors = new Map(Object.entries(named));
          const bytes = encodeSafetensors(tensors, texts);
          const back = readSafetensors(bytes);
          expect(back.metadata).toEqual(new Map(Object.entries(texts)));
          expect([...back.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
          for (const [name, tensor] of tensors) {
            const got = back.tensors.get(name)!;
            expect(got.dtype).toBe(tensor.dtype);
            expect(got.shape).toEqual(tensor.shape);
            expect(bytesOfTensor(got)).toEqual(bytesOfTensor(tensor));
            expect(got.data.buffer, `${name} is a view of the file, so it lies aligned`).toBe(bytes.buffer);
          }
          expect(encodeSafetensors(new Map([...tensors].reverse()), texts)).toEqual(bytes);
          expect(parseSafetensorsHeader(bytes).dataStart % 8).toBe(0);
        },
      ),
    );
  });

  it('written by the reference library reads the same, and its types decode to the values of torch', () => {
    const { tensors, metadata } = readSafetensors(fixture('weights/dtypes.safetensors'));
    expect(metadata.get('ключ')).toBe('值');
    for (const name of ['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const) {
      expect(tensors.get(name)!.dtype).toBe(name);
      expect(toFloat32(tensors.get(name)!), name).toEqual(tensors.get(`${name}.as_float32`)!.data);
    }
    for (const name of ['I64', 'I32', 'I16', 'I8', 'U8']) {
      expect(tensors.get(name)!.shape).toEqual([2, 3]);
      expect([...toFloat32(tensors.get(name)!)], name).toEqual([0, 1, 100, 3, 2, 1]);
    }
    expect([...tensors.get('BOOL')!.data]).toEqual([1, 0, 1]);
    expect(tensors.get('scalar')).toEqual(float32Tensor([], [7.5]));
    expect(tensors.get('empty')!.shape).toEqual([0, 4]);
  });

  it('copies a tensor that is not aligned in memory', () => {
    const bytes = encodeSafetensors(new Map([['x', float32Tensor([2], [1, 2])]]));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(readSafetensors(shifted.subarray(1)).tensors.get('x')).toEqual(float32Tensor([2], [1, 2]));
  });

  it('with no tensors at all is allowed', () => {
    expect(readSafetensors(file('{}')).tensors.size).toBe(0);
  });

  const x4 = entry('F32', [1], 0, 4);
  const hostile: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /not a safetensors file: it has 0 bytes/],
    ['7 bytes', new Uint8Array(7), /it has 7 bytes/],
    ['a header over the limit', file('{}', 0, 100_000_001n), /states? a header of 100000001 bytes, the limit/],
    ['a header of 2^64 - 1 bytes', file('{}', 0, 2n ** 64n - 1n), /a header of 18446744073709551615 bytes/],
    ['a header beyond the file', file('{}', 0, 3n), /ends beyond the file of 10 bytes/],
    ['a picture', file(Uint8Array.of(0x89, 0x50, 0xff, 0xfe)), /not UTF-8/],
    ['a byte order mark', file('\ufeff{}'), /must begin with \{/],
    ['a list', file('[]'), /must begin with \{/],
    ['half an object', file('{"a":'), /not valid JSON/],
    ['two values', file('{}{}'), /not valid JSON/],
    ['a key twice', file(`{"a":${x4},"a":${x4}}`, 4), /the key "a" twice/],
    ['a key twice in disguise', file(`{"a":${x4},"\\u0061" :${x4}}`, 4), /the key "a" twice/],
    ['a field twice', file('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), /"dtype" twice/],
    ['a metadata key twice', file('{"__metadata__":{"k":"1","k":"2"}}'), /"k" twice/],
    ['metadata of numbers', file('{"__metadata__":{"k":1}}'), /__metadata__ "k" must be a text, got 1/],
    ['metadata of a list', file('{"__metadata__":[]}'), /__metadata__ must be an object/],
    ['a tensor of a number', file('{"a":1}'), /tensor "a": expected an object/],
    ['an unknown type', file(`{"a":${entry('F31', [1], 0, 4)}}`, 4), /tensor "a": unknown dtype "F31"/],
    ['a type of Object', file(`{"a":${entry('toString', [1], 0, 4)}}`, 4), /unknown dtype "toString"/],
    ['an unknown field', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4), /unknown key "x"/],
    ['a missing shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /shape must be a list/],
    ['a negative size', file(`{"a":${entry('F32', [-1], 0, 4)}}`, 4), /shape must be a list of whole numbers/],
    ['a broken size', file(`{"a":${entry('F32', [1.5], 0, 6)}}`, 6), /shape must be a list of whole numbers/],
    ['a size beyond counting', file(`{"a":${entry('F32', [2 ** 52, 2 ** 52], 0, 4)}}`, 4), /countable number of bytes/],
    ['a size of 1e400', file('{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}}', 4), /shape must be a list/],
    ['a broken number of bytes', file(`{"a":${entry('F4', [3], 0, 2)}}`, 2), /does not take a whole/],
    ['one offset', file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}', 4), /data_offsets must be two/],
    ['a negative offset', file(`{"a":${entry('F32', [1], -4, 0)}}`, 4), /data_offsets must be two/],
    ['offsets reversed', file(`{"a":${entry('F32', [1], 4, 0)}}`, 4), /end before they begin/],
    ['offsets beyond the file', file(`{"a":${entry('F32', [2], 0, 8)}}`, 4), /cut short: tensor "a" ends at byte/],
    ['bytes that do not fit', file(`{"a":${entry('F32', [2], 0, 4)}}`, 4), /F32 \[2\] takes 8 bytes, but .* hold 4/],
    ['an overlap', file(`{"a":${entry('F32', [2], 0, 8)},"b":${entry('F32', [1], 4, 8)}}`, 8), /"a" and "b" overlap/],
    ['the same bytes twice', file(`{"a":${x4},"b":${x4}}`, 4), /"a" and "b" overlap/],
    ['a hole', file(`{"a":${x4},"b":${entry('F32', [1], 8, 12)}}`, 12), /a hole of 4 bytes before tensor "b"/],
    ['a hole at the start', file(`{"a":${entry('F32', [1], 4, 8)}}`, 8), /a hole of 4 bytes before tensor "a"/],
    ['trailing bytes', file(`{"a":${x4}}`, 5), /1 bytes that belong to no tensor/],
  ];
  it.each(hostile)('of %s is refused', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, { source: 'model.safetensors' })).toThrow(message);
    expect(() => readSafetensors(bytes, { source: 'model.safetensors' })).toThrow(/^model\.safetensors: /);
  });

  it('nested a million deep is refused without running out of stack', () => {
    const deep = `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    expect(() => readSafetensors(file(deep))).toThrow(/safetensors: /);
  });

  it('changed anywhere is read the same or refused with a UserError', () => {
    const bytes = encodeSafetensors(
      new Map<string, Tensor>([
        ['weight', float32Tensor([2, 2], [1, 2, 3, 4])],
        ['index', createTensor('I64', [2], BigInt64Array.of(1n, -1n))],
      ]),
      { format: 'pt' },
    );
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (position, value, length) => {
        const changed = bytes.slice(0, length % 3 === 0 ? length : bytes.length);
        changed[position] = value;
        try {
          for (const { shape, dtype, data } of readSafetensors(changed).tensors.values())
            expect(data.byteLength).toBe(byteLength(dtype, shape));
        } catch (error) {
          expect((error as Error).name, String(error)).toBe('UserError');
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('cannot be written from what does not fit', () => {
    const bad = { dtype: 'F32', shape: [3], data: new Float32Array(2) } as Tensor;
    expect(() => encodeSafetensors(new Map([['w', bad]]))).toThrow('w: F32 [3] needs 12 bytes');
    expect(() => encodeSafetensors(new Map([['__metadata__', float32Tensor([], [1])]]))).toThrow('__metadata__');
    const wrong = { dtype: 'F16', shape: [2], data: new Float32Array(1) } as unknown as Tensor;
    expect(() => encodeSafetensors(new Map([['w', wrong]]))).toThrow('w: F16 [2] is held in a Uint16Array');
    expect(() => createTensor('F32', [-1], new Float32Array(0))).toThrow('whole numbers');
  });
});
