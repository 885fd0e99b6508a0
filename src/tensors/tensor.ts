import { UserError } from '../errors/index.js';
import { arrayOfDType, bitsOfDType, type DataOfDType, type DType } from './dtype.js';
import { decodeFloat8 } from './float8.js';
import { decodeBfloat16, decodeFloat16 } from './halfPrecision.js';

/**
 * A dense array in row-major order. `shape` is empty for a scalar; `data` is the typed array that `DataOfDType` names
 * (types that JavaScript lacks, such as F16, are held as their bits).
 */
export type Tensor<D extends DType = DType> = D extends DType
  ? { readonly dtype: D; readonly shape: readonly number[]; readonly data: DataOfDType[D] }
  : never;

/** The number of elements of a shape: the product of its sizes, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** The number of bytes that a tensor takes; not a whole number where packed elements do not fill their last byte. */
export function byteLength(dtype: DType, shape: readonly number[]): number {
  return (elementCount(shape) * bitsOfDType[dtype]) / 8;
}

/** `F32 [2, 3]`, for messages. */
export function describeTensor({ dtype, shape }: { dtype: DType; shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`;
}

/**
 * Makes a tensor and checks it.
 * @param dtype the element type
 * @param shape its sizes, whole numbers from 0; [] is a scalar
 * @param data the elements, row-major, as the typed array of that type
 * @throws UserError when the array has another type or length than dtype and shape ask for
 */
export function createTensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOfDType[D]): Tensor<D> {
  const tensor = { dtype, shape, data } as unknown as Tensor<D>;
  checkTensor(tensor);
  return tensor;
}

/** Throws a UserError unless the tensor's array has the type and length that its dtype and shape ask for. */
export function checkTensor(tensor: Tensor, name = 'tensor'): void {
  const { dtype, shape, data } = tensor;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new UserError(`${name}: the shape [${shape.join(', ')}] must hold whole numbers from 0`);
  const array = arrayOfDType[dtype];
  if (!(data instanceof array))
    throw new UserError(`${name}: ${describeTensor(tensor)} is held in a ${array.name}, got ${data.constructor.name}`);
  const bytes = byteLength(dtype, shape);
  if (data.byteLength !== bytes)
    throw new UserError(
      `${name}: ${describeTensor(tensor)} needs ${bytes} bytes, its ${array.name} holds ${data.byteLength}`,
    );
}

/** A tensor of float32; the array is used as it is. */
export function float32Tensor(shape: readonly number[], data: Float32Array | readonly number[]): Tensor<'F32'> {
  return createTensor('F32', shape, data instanceof Float32Array ? data : Float32Array.from(data));
}

/** The bytes of a tensor in the machine's order (little-endian everywhere Node and browsers run), without a copy. */
export function bytesOfTensor(tensor: Tensor): Uint8Array {
  const { data } = tensor;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor's elements as float32, rounded to nearest where the type is wider. F32 is returned as it is, others are
 * copied.
 * @throws UserError for C64, which has no float32 form, and the packed types F4 and F6
 */
export function toFloat32(tensor: Tensor): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F16':
      return decodeFloat16(tensor.data);
    case 'BF16':
      return decodeBfloat16(tensor.data);
    case 'I64':
    case 'U64': {
      const { data } = tensor;
      const out = new Float32Array(data.length);
      for (let index = 0; index < out.length; index++) out[index] = Number(data[index]);
      return out;
    }
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'F8_E8M0':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
      return decodeFloat8(tensor.dtype, tensor.data);
    case 'C64':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F4':
      throw new UserError(`${describeTensor(tensor)} cannot be read as float32`);
    default:
      return Float32Array.from(tensor.data);
  }
}
