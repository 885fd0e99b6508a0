export { layoutsOf, openSafetensors, saveSafetensors, writeSafetensors } from './safetensorsFile.js';
export { openShardedSafetensors } from './shardedSafetensors.js';
export type { WeightSource } from './weightSource.js';
