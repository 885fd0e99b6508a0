import { existsSync } from 'node:fs';
import { pathOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';

/** A folder of this name from the working folder, else the name itself. */
export function existingPath(name: string, io: CommandIo): string {
  const path = pathOf(name, io);
  return existsSync(path) ? path : name;
}

/** A model of the command line: a shipped one by its name, else a folder from the working folder. */
export async function modelOf(name: string, io: CommandIo): Promise<string> {
  const { shippedModels } = await import('../segmentation/index.js');
  return shippedModels().includes(name) ? name : existingPath(name, io);
}
