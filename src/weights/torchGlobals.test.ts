import { describe, expect, it } from 'vitest';
import type { PickleGlobal } from '../pickles/index.js';
import { loadTorchStorage, type TorchTensor, torchGlobals } from './torchGlobals.js';

const budget = { spend: () => {} } as unknown as Parameters<NonNullable<PickleGlobal['call']>>[1];
const call = (name: string, ...args: unknown[]): TorchTensor =>
  torchGlobals.get(name)?.call?.(args, budget) as TorchTensor;
const storage = (type: string, count: number) =>
  loadTorchStorage(['storage', torchGlobals.get(`torch.${type}Storage`), '0', 'cpu', count]);
const rebuild = (count: number, offset: number, shape: unknown, strides: unknown, type = 'Float') =>
  call('torch._utils._rebuild_tensor_v2', storage(type, count), offset, shape, strides);
const untyped = (count: number, type: string, offset: number, shape: number[], strides: number[]) =>
  call(
    'torch._utils._rebuild_tensor_v3',
    storage('Untyped', count),
    ...[offset, shape, strides, false, null],
    torchGlobals.get(`torch.${type}`),
  );

describe('a tensor of a torch file', () => {
  it('may use its storage to the last element, and no farther', () => {
    expect(rebuild(12, 0, [3, 4], [4, 1])).toMatchObject({ dtype: 'F32', offset: 0, shape: [3, 4], strides: [4, 1] });
    expect(rebuild(12, 2, [3, 4], [1, 2]).offset).toBe(2);
    expect(() => rebuild(11, 0, [3, 4], [4, 1])).toThrow('[3, 4] that reaches beyond its storage 0 of 11 elements');
    expect(() => rebuild(12, 1, [3, 4], [4, 1])).toThrow('reaches beyond');
    // The last element is 2 + 6 behind the first.
    expect(rebuild(12, 3, [3, 4], [1, 2]).offset).toBe(3);
    expect(() => rebuild(12, 4, [3, 4], [1, 2])).toThrow('reaches beyond');
    // Without an element nothing is read.
    expect(rebuild(0, 5, [0, 4], [4, 1]).shape).toEqual([0, 4]);
    expect(rebuild(1, 0, [], []).shape).toEqual([]);
  });

  it('counts the elements of an untyped storage in bytes', () => {
    expect(untyped(48, 'float32', 0, [3, 4], [4, 1]).dtype).toBe('F32');
    expect(untyped(49, 'uint16', 12, [12], [1]).dtype).toBe('U16');
    expect(() => untyped(47, 'float32', 0, [3, 4], [4, 1])).toThrow('storage 0 of 11 elements');
    expect(() => untyped(48, 'float64', 0, [3, 4], [4, 1])).toThrow('storage 0 of 6 elements');
    expect(() => call('torch._utils._rebuild_tensor_v2', storage('Untyped', 8), 0, [1], [1])).toThrow('without a type');
  });

  it('may be expanded, but not without measure', () => {
    expect(rebuild(1, 0, [1000, 5], [0, 0]).shape).toEqual([1000, 5]);
    expect(() => rebuild(1, 0, [1000, 1000], [0, 0])).toThrow('spread out from a storage of only 1 elements');
  });

  it.each([[[-1, [1], [1]]], [[0, [1.5], [1]]], [[0, [2], [-1]]], [[0, [2, 2], [1]]], [[0, '2', [1]]]])(
    'of places that are none is refused: %j',
    ([offset, shape, strides]) => {
      expect(() => rebuild(4, offset as number, shape, strides)).toThrow('are not whole numbers from 0');
    },
  );

  it('that torch keeps with its sign turned is refused, since its storage holds other values', () => {
    const marked = (...marks: [string, boolean][]) =>
      call('torch._utils._rebuild_tensor_v2', storage('Float', 4), 0, [4], [1], false, null, new Map(marks));
    expect(() => marked(['neg', true])).toThrow('resolve_neg()');
    expect(() => marked(['conj', true])).toThrow('resolve_conj()');
    expect(marked(['neg', false], ['conj', false]).shape).toEqual([4]);
    const typed = [0, [1], [1], false, null, torchGlobals.get('torch.float32'), new Map([['neg', true]])];
    expect(() => call('torch._utils._rebuild_tensor_v3', storage('Untyped', 4), ...typed)).toThrow('resolve_neg()');
  });

  it('stands on a storage of a known type', () => {
    const types: [string, string][] = [
      ['Double', 'F64'],
      ['Half', 'F16'],
      ['BFloat16', 'BF16'],
      ['Long', 'I64'],
      ['Int', 'I32'],
      ['Short', 'I16'],
      ['Char', 'I8'],
      ['Byte', 'U8'],
      ['Bool', 'BOOL'],
      ['ComplexFloat', 'C64'],
    ];
    for (const [type, dtype] of types) expect(rebuild(1, 0, [1], [1], type).dtype, type).toBe(dtype);
    expect(() => loadTorchStorage(['storage', undefined, 'k', 'cpu', 1])).toThrow('the storage k of an unknown type');
    for (const id of [
      null,
      [],
      ['module', {}, 'k', 'cpu', 1],
      ['storage', {}, 7, 'cpu', 1],
      ['storage', {}, 'k', 'cpu', -1],
    ]) {
      expect(() => loadTorchStorage(id)).toThrow('not one of torch');
    }
    expect(() => call('torch._utils._rebuild_tensor_v2', {}, 0, [1], [1])).toThrow('not a storage');
  });
});

it('an ordered dict is made of pairs', () => {
  const make = (pairs: unknown) => torchGlobals.get('collections.OrderedDict')?.call?.([pairs], budget);
  expect(
    make([
      ['a', 1],
      ['b', 2],
    ]),
  ).toEqual(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  expect(() => make([['a', 1, 2]])).toThrow('other things than pairs');
  expect(() => make([['a']])).toThrow('other things than pairs');
  expect(() => make('ab')).toThrow('not a list');
});
