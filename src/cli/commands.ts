import type { CommandDefinition } from './command.js';

/** Every command of `refersat`, in the order of its help. */
export const commands: readonly CommandDefinition[] = [];
