export { UsageError, UserError } from './userError.js';
