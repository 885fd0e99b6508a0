export { openWeights } from './openWeights.js';
export { layoutsOf, openSafetensors, saveSafetensors, writeSafetensors } from './safetensorsFile.js';
export { openShardedWeights } from './shardedWeights.js';
export { openTorch } from './torchFile.js';
export type { WeightSource } from './weightSource.js';
