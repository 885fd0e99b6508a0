import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { readBytes } from './fileBytes.js';
import { openSafetensors } from './safetensorsFile.js';
import { openShardedWeights } from './shardedWeights.js';
import { withoutWrapper } from './stateDict.js';
import { openTorch, torchForm } from './torchFile.js';
import type { WeightSource } from './weightSource.js';

/** What a model folder of Hugging Face may hold, best first. */
const folderFiles = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];

/** What a file is that holds no weights, where its first bytes tell. */
function mistaken(start: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(start);
  if (text.startsWith('version https://git-lfs'))
    return 'a pointer of Git LFS, not the file itself: fetch it with git lfs pull';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return 'a web page, not weights: the download went to an error page';
  if (text.startsWith('\u001f\u008b')) return 'packed with gzip: unpack it first';
  if (text.startsWith('\u0093NUMPY')) return 'a NumPy array, not weights';
  if (text.startsWith('\u0089HDF')) return 'an HDF5 file (Keras), which is not supported';
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A source whose names lack the prefix that a wrapper put in front of all of them. */
function unwrapped(source: WeightSource): WeightSource {
  const strip = withoutWrapper(source.names);
  const original = new Map(source.names.map((name) => [strip(name), name]));
  const nameOf = (name: string): string => original.get(name) ?? name;
  return {
    ...source,
    names: [...original.keys()],
    shape: (name) => source.shape(nameOf(name)),
    dtype: (name) => source.dtype(nameOf(name)),
    read: (name) => source.read(nameOf(name)),
  };
}

/**
 * Opens weights of whatever form, told by the content and not by the name: safetensors, torch's zip form, an index of
 * sharded files, or a model folder of Hugging Face. `module.` and `_orig_mod.` in front of all names are removed.
 * @throws UserError when the file is missing or none of these, saying what it is where that can be told
 */
export async function openWeights(path: string): Promise<WeightSource> {
  let size: number;
  try {
    const status = await stat(path);
    if (status.isDirectory()) {
      for (const name of folderFiles) if (await exists(join(path, name))) return openWeights(join(path, name));
      throw new UserError(`${path}: a folder without weights; expected one of ${folderFiles.join(', ')}`);
    }
    size = status.size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UserError(`${path}: there is no such file`);
    throw error;
  }
  const handle = await open(path, 'r');
  let start: Uint8Array;
  try {
    start = await readBytes(handle, 0, Math.min(512, size), path);
  } finally {
    await handle.close();
  }
  if (torchForm(start)) return openTorch(path);
  const wrong = mistaken(start);
  if (wrong !== undefined) throw new UserError(`${path}: ${wrong}`);
  if (start[8] === 0x7b) return unwrapped(await openSafetensors(path));
  if (path.endsWith('.json') && start[0] === 0x7b) return unwrapped(await openShardedWeights(path));
  if (path.endsWith('.safetensors')) return unwrapped(await openSafetensors(path));
  throw new UserError(
    `${path}: neither safetensors nor a file of torch.save (its first bytes are not those of either)`,
  );
}
