export { PickleError } from './pickleError.js';
export type { CopyBudget, PickleGlobal, PickleOptions } from './pickleGlobal.js';
export { readPickle, readPickleWith } from './readPickle.js';
export { type Picklable, writePickle } from './writePickle.js';
