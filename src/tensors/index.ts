export {
  arrayOfDType,
  bitsOfDType,
  type DataOfDType,
  type DType,
  isDType,
  type TensorData,
} from './dtype.js';
export { decodeFloat8, type Float8DType, float8ToNumber } from './float8.js';
export {
  decodeBfloat16,
  decodeFloat16,
  encodeBfloat16,
  encodeFloat16,
  float16ToNumber,
  numberToFloat16,
} from './halfPrecision.js';
export { encodeSafetensors, readSafetensors, type Safetensors, tensorOfBytes } from './safetensors.js';
export {
  encodeSafetensorsHeader,
  maxHeaderBytes,
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
