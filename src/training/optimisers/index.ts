export { createEma, type Ema } from './ema.js';
export { denseGradient, type Gradient, type SparseRows, sumRows } from './gradient.js';
export { createGradientAccumulator, type GradientAccumulator } from './gradientAccumulation.js';
export { clipByGlobalNorm, globalNorm, scaleGradients } from './gradientClipping.js';
export { createMuon, type Muon } from './muon.js';
export { createOptimiser, type OptimisedParameter, type Optimiser } from './optimiser.js';
export { type CompleteOptimiserConfig, type OptimiserConfig, optimiserSchema } from './optimiserConfig.js';
export { type GroupSettings, lavtParameterGroups, type ParameterGroup, settingsOf } from './parameterGroups.js';
export { createSchedule, type ScheduleConfig } from './schedule.js';
