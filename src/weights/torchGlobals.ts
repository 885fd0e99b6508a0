import type { PickleGlobal } from '../pickles/index.js';
import { bitsOfDType, type DType } from '../tensors/index.js';

/** A storage of a torch file: a run of bytes in the archive's entry `data/<key>`. */
export interface TorchStorage {
  readonly kind: 'storage';
  readonly key: string;
  /** The type of its elements; undefined for untyped storages, which count bytes. */
  readonly dtype: DType | undefined;
  /** Elements, or bytes where untyped. */
  readonly count: number;
}

/** A tensor of a torch file: a window onto a storage. Offset and strides count elements. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly storage: TorchStorage;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

interface DTypeGlobal extends PickleGlobal {
  readonly dtype: DType;
}
interface StorageGlobal extends PickleGlobal {
  readonly storageOf: DType | 'untyped';
}

const isKind = <K extends string>(value: unknown, kind: K): value is { readonly kind: K } =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

/** Whether a value of a torch file is a tensor. */
export const isTorchTensor = (value: unknown): value is TorchTensor => isKind(value, 'tensor');

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);

/** Checks a window onto a storage, so that every element that it names lies within. */
function makeTensor(storage: unknown, dtype: DType | undefined, rest: readonly unknown[]): TorchTensor {
  const [offset, shape, strides] = rest;
  if (!isKind(storage, 'storage')) throw new Error('a tensor of something that is not a storage');
  const { dtype: storedAs, count, key } = storage as TorchStorage;
  const element = dtype ?? storedAs;
  if (element === undefined) throw new Error(`a tensor of the untyped storage ${key} without a type`);
  if (!isCount(offset) || !areCounts(shape) || !areCounts(strides) || shape.length !== strides.length)
    throw new Error(`a tensor of storage ${key} whose offset, sizes or strides are not whole numbers from 0`);
  const available = storedAs === undefined ? Math.floor(count / (bitsOfDType[element] / 8)) : count;
  let elements = 1;
  let last = offset;
  for (const [axis, size] of shape.entries()) {
    elements *= size;
    last += (size - 1) * strides[axis];
  }
  if (elements > 0 && !(last < available))
    throw new Error(`a tensor [${shape.join(', ')}] that reaches beyond its storage ${key} of ${available} elements`);
  if (elements > 4096 + 1024 * available)
    throw new Error(`a tensor [${shape.join(', ')}] spread out from a storage of only ${available} elements`);
  return { kind: 'tensor', storage: storage as TorchStorage, dtype: element, offset, shape, strides };
}

/** Refuses a view whose storage holds the values before torch turns their sign, which it does when they are used. */
function checkMarks(marks: unknown): void {
  if (!(marks instanceof Map)) return;
  for (const mark of ['neg', 'conj'])
    if (marks.get(mark) === true)
      throw new Error(`a tensor whose sign is turned when it is used; save it after .resolve_${mark}()`);
}

const rebuildTensor: PickleGlobal = {
  call([storage, offset, shape, strides, , , marks]) {
    checkMarks(marks);
    return makeTensor(storage, undefined, [offset, shape, strides]);
  },
};
const rebuildTensor3: PickleGlobal = {
  call([storage, offset, shape, strides, , , dtype, marks]) {
    checkMarks(marks);
    if (typeof dtype !== 'object' || dtype === null || !('dtype' in dtype)) throw new Error('a tensor without a type');
    return makeTensor(storage, (dtype as DTypeGlobal).dtype, [offset, shape, strides]);
  },
};
const rebuildParameter: PickleGlobal = { call: ([tensor]) => tensor };
/** A tensor with attributes of its own: the attributes are left out. */
const rebuildFromType: PickleGlobal = {
  call([rebuild, , args], budget) {
    const { call } = (rebuild ?? {}) as PickleGlobal;
    if (typeof call !== 'function' || !Array.isArray(args)) throw new Error('a tensor made in an unknown way');
    return call(args, budget);
  },
};

/** An ordered dict whose attributes (`_metadata` of a state dict) are left out. */
const orderedDict: PickleGlobal = {
  call([pairs = []], budget) {
    if (!Array.isArray(pairs)) throw new Error('an ordered dict of something that is not a list');
    budget.spend(pairs.length);
    const map = new Map<unknown, unknown>();
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2) throw new Error('an ordered dict of other things than pairs');
      map.set(pair[0], pair[1]);
    }
    return map;
  },
  setState: () => {},
};

/**
 * An object that training checkpoints carry beside their weights: nothing of it runs, its attributes end under one key
 * of a Map. A dict of a kind of its own is filled like any dict.
 */
const inert: PickleGlobal = {
  call: () => new Map<unknown, unknown>(),
  setState(object, state) {
    if (object instanceof Map) object.set('__dict__', state);
  },
};
const list: PickleGlobal = { call: ([items]) => items ?? [] };
/** A name that may stand as a value but not be called. */
const value: PickleGlobal = {};

const storageTypes: Record<string, DType> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
  ComplexFloat: 'C64',
};
const dtypeNames: Record<string, DType> = {
  float64: 'F64',
  double: 'F64',
  float32: 'F32',
  float: 'F32',
  float16: 'F16',
  half: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  long: 'I64',
  int32: 'I32',
  int: 'I32',
  int16: 'I16',
  short: 'I16',
  int8: 'I8',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  complex64: 'C64',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
};

/** The names that torch's checkpoints may ask for beside the ordinary ones of a pickle. */
export const torchGlobals: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ['torch._utils._rebuild_tensor', rebuildTensor],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_tensor_v3', rebuildTensor3],
  ['torch._utils._rebuild_parameter', rebuildParameter],
  ['torch._utils._rebuild_parameter_with_state', rebuildParameter],
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
  ['torch.Tensor', value],
  ['torch.nn.parameter.Parameter', value],
  ['torch.Size', list],
  ['torch.device', { call: ([name]) => name }],
  ['collections.OrderedDict', orderedDict],
  ['collections.defaultdict', inert],
  ['collections.Counter', inert],
  ['argparse.Namespace', inert],
  ['types.SimpleNamespace', inert],
  ['yacs.config.CfgNode', inert],
  ['easydict.EasyDict', inert],
  ['numpy.ndarray', value],
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].map((module): [string, PickleGlobal] => [
    `${module}._reconstruct`,
    inert,
  ]),
  ...['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath'].map(
    (name): [string, PickleGlobal] => [`pathlib.${name}`, inert],
  ),
  ...['builtins', '__builtin__'].flatMap((module) =>
    ['int', 'long', 'float', 'str', 'list', 'dict'].map((name): [string, PickleGlobal] => [`${module}.${name}`, value]),
  ),
  ['torch.storage.UntypedStorage', { storageOf: 'untyped' } as StorageGlobal],
  ['torch.UntypedStorage', { storageOf: 'untyped' } as StorageGlobal],
  ...Object.entries(storageTypes).map(([name, dtype]): [string, PickleGlobal] => [
    `torch.${name}Storage`,
    { storageOf: dtype } as StorageGlobal,
  ]),
  ...Object.entries(dtypeNames).map(([name, dtype]): [string, PickleGlobal] => [
    `torch.${name}`,
    { dtype } as DTypeGlobal,
  ]),
]);

/** What a torch pickle's persistent id stands for: `('storage', class, key, location, count)`. */
export function loadTorchStorage(id: unknown): TorchStorage {
  const [tag, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
  if (tag !== 'storage' || typeof key !== 'string' || !isCount(count))
    throw new Error('a persistent id that is not one of torch');
  const storageOf = (type as StorageGlobal | undefined)?.storageOf;
  if (storageOf === undefined) throw new Error(`the storage ${key} of an unknown type`);
  return { kind: 'storage', key, dtype: storageOf === 'untyped' ? undefined : storageOf, count };
}
