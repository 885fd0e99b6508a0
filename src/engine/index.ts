export {
  type CompiledFunction,
  type CompileOptions,
  compile,
  type SerializedGraph,
  type SerializeOptions,
  serialize,
  sortedNodes,
} from './compile.js';
export { gradients } from './gradients.js';
export { type Initialiser, initialise, ones, zeros } from './initialisers.js';
export { type ConstantData, constant, input, leafOf, type RandomDistribution, scalar } from './leaves.js';
export { explainNonFinite, findNonFinite, requireFiniteLoss } from './nonFinite.js';
export type { ExternalLocation } from './onnx/protobuf.js';
export type { SmallWeight } from './onnx/smallWeight.js';
export {
  apply,
  applyAll,
  type EmitContext,
  type GradientContext,
  type GradientRule,
  type Operator,
} from './operator.js';
export * from './operators/index.js';
export {
  type DeviceTensor,
  floatTensor,
  type HostTensor,
  integerTensor,
  isHostTensor,
  type Runtime,
  type RuntimeOptions,
  type Session,
  type SessionTensor,
} from './runtime.js';
export {
  createScope,
  type Declaration,
  type Declarations,
  layer,
  type RandomDeclaration,
  type Scope,
} from './scope.js';
export { currentScope, recompute, withinScope } from './scopePath.js';
export { type CacheEntry, createSessionCache, type SessionCache } from './sessionCache.js';
export {
  describeType,
  type ElementType,
  elementCount,
  type Node,
  sameShape,
  type Value,
  type ValueType,
} from './value.js';
