export {
  arrayOfDType,
  bitsOfDType,
  type DataOfDType,
  type DType,
  type TensorData,
} from './dtype.js';
export type { Float8DType } from './float8.js';
export { encodeFloat16 } from './halfPrecision.js';
export { encodeSafetensors, readSafetensors, type Safetensors, tensorOfBytes } from './safetensors.js';
export {
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  readHeaderLength,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type TensorLayout,
} from './safetensorsHeader.js';
export {
  byteLength,
  bytesOfTensor,
  checkTensor,
  createTensor,
  describeTensor,
  elementCount,
  float32Tensor,
  type Tensor,
  toFloat32,
} from './tensor.js';
