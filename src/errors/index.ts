export { firstOf } from './firstOf.js';
export { UsageError, UserError } from './userError.js';
