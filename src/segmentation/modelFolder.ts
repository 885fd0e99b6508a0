import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors/index.js';

/** The package's folder of shipped weights. */
const shippedFolder = fileURLToPath(new URL('../../weights/', import.meta.url));

/** Names of the weights that come with the package. */
export function shippedModels(): string[] {
  if (!existsSync(shippedFolder)) return [];
  return readdirSync(shippedFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(shippedFolder, entry.name, 'config.json')))
    .map(({ name }) => name)
    .sort();
}

/**
 * The checkpoint folder that a name or path means: a shipped model by its name, else a folder, else a run's folder (its
 * best checkpoint, or the last).
 * @param workingFolder where relative paths start; the process's own when left out
 * @throws UserError that lists the shipped names when there is none
 */
export function findModelFolder(nameOrFolder: string, workingFolder = '.'): string {
  if (/^[\w.-]+$/.test(nameOrFolder) && existsSync(join(shippedFolder, nameOrFolder, 'config.json'))) {
    return join(shippedFolder, nameOrFolder);
  }
  const folder = resolve(workingFolder, nameOrFolder);
  const places = ['.', 'checkpoints/best', 'checkpoints/last'].map((place) => join(folder, place));
  const found = places.find((place) => existsSync(join(place, 'model.safetensors')));
  if (found) return found;
  const names = shippedModels().join(', ') || 'none';
  throw new UserError(
    `${nameOrFolder}: is neither a shipped model (${names}) nor a folder with config.json and model.safetensors`,
  );
}

/** What results call the model of a folder: a shipped one's name, a folder's, or for a checkpoint of a run `mine/best`. */
export function modelName(folder: string): string {
  const path = resolve(folder);
  const checkpoints = dirname(path);
  if (basename(checkpoints) !== 'checkpoints') return basename(path);
  return `${basename(dirname(checkpoints))}/${basename(path)}`;
}
