export { UsageError, UserError } from './errors/index.js';
export {
  createTensor,
  type DType,
  encodeSafetensors,
  float32Tensor,
  readSafetensors,
  type Safetensors,
  type Tensor,
  toFloat32,
} from './tensors/index.js';
