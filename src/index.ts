export { UsageError, UserError } from './errors/index.js';
