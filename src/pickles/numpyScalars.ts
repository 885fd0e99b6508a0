import type { PickleGlobal } from './pickleGlobal.js';

/** A NumPy dtype of one plain number, text or byte string. */
interface NumpyDtype {
  readonly kind: 'b' | 'i' | 'u' | 'f' | 'S' | 'U';
  readonly itemBytes: number;
  littleEndian: boolean;
}

const dtypes = new WeakSet<object>();
const isDtype = (value: unknown): value is NumpyDtype =>
  typeof value === 'object' && value !== null && dtypes.has(value);

const allowedBytes: Record<string, readonly number[]> = { b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8] };

/** `numpy.dtype('i8', False, True)`, whose BUILD state gives the byte order. */
export const numpyDtype: PickleGlobal = {
  call(args) {
    const code = args[0];
    const match = typeof code === 'string' ? /^([<>|=]?)([biufSU])(\d{1,6})$/.exec(code) : null;
    if (match === null) throw new Error(`a NumPy dtype ${describe(code)}, which is no plain number or text`);
    const kind = match[2] as NumpyDtype['kind'];
    const count = Number(match[3]);
    if (allowedBytes[kind] !== undefined && !allowedBytes[kind].includes(count)) {
      throw new Error(`a NumPy dtype ${describe(code)}, which has no JavaScript value`);
    }
    const dtype: NumpyDtype = { kind, itemBytes: kind === 'U' ? 4 * count : count, littleEndian: match[1] !== '>' };
    dtypes.add(dtype);
    return dtype;
  },
  setState(object, state) {
    if (!isDtype(object) || !Array.isArray(state) || typeof state[1] !== 'string') {
      throw new Error('a state of a NumPy dtype that is not one');
    }
    if ([state[2], state[3], state[4]].some((part) => part !== null && part !== undefined)) {
      throw new Error('a NumPy dtype with fields');
    }
    if (!['<', '>', '=', '|'].includes(state[1])) throw new Error(`a NumPy byte order ${describe(state[1])}`);
    object.littleEndian = state[1] !== '>';
  },
};

/** `numpy.core.multiarray.scalar(dtype, bytes)`: the number, boolean, text or bytes. */
export const numpyScalar: PickleGlobal = {
  call(args, budget) {
    const [dtype, data] = args;
    if (!isDtype(dtype)) throw new Error('a NumPy scalar without a dtype');
    budget.spend(dtype.itemBytes);
    const bytes =
      data instanceof Uint8Array ? data : typeof data === 'string' ? python2Bytes(data, dtype.itemBytes) : null;
    if (bytes === null || bytes.length !== dtype.itemBytes) {
      throw new Error(`a NumPy scalar of ${dtype.itemBytes} bytes that holds ${bytes?.length ?? describe(data)}`);
    }
    return scalarOf(dtype, bytes);
  },
};

/** Python 2 wrote the bytes as a string, which was read as UTF-8 or Latin-1; just one of the two has the right length. */
function python2Bytes(text: string, itemBytes: number): Uint8Array {
  const utf8 = new TextEncoder().encode(text);
  return utf8.length === itemBytes ? utf8 : Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function scalarOf({ kind, itemBytes, littleEndian }: NumpyDtype, bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === 'b') return bytes[0] !== 0;
  if (kind === 'S') return bytes.slice();
  if (kind === 'U') {
    const points = Array.from({ length: itemBytes / 4 }, (_, place) => view.getUint32(4 * place, littleEndian));
    while (points.length > 0 && points[points.length - 1] === 0) points.pop();
    if (points.some((point) => point > 0x10ffff)) throw new Error('a NumPy text with a character beyond Unicode');
    return points.map((point) => String.fromCodePoint(point)).join('');
  }
  if (kind === 'f') {
    if (itemBytes === 8) return view.getFloat64(0, littleEndian);
    return itemBytes === 4 ? view.getFloat32(0, littleEndian) : halfFloat(view.getUint16(0, littleEndian));
  }
  if (itemBytes === 8) {
    const value = kind === 'i' ? view.getBigInt64(0, littleEndian) : view.getBigUint64(0, littleEndian);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (itemBytes === 4) return kind === 'i' ? view.getInt32(0, littleEndian) : view.getUint32(0, littleEndian);
  if (itemBytes === 2) return kind === 'i' ? view.getInt16(0, littleEndian) : view.getUint16(0, littleEndian);
  return kind === 'i' ? view.getInt8(0) : view.getUint8(0);
}

function halfFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const describe = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
