import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { firstOf, UserError } from '../errors/index.js';
import { openSafetensors } from './safetensorsFile.js';
import { openTorch } from './torchFile.js';
import type { WeightSource } from './weightSource.js';

const indexSchema = z.object({
  weight_map: z.record(z.string(), z.string().regex(/^(?!\.{1,2}$)[^/\\]+$/, 'expected a file name without folders')),
});

/** The first few things that are wrong: an index names hundreds of tensors. */
function someProblems({ issues }: z.ZodError): string {
  const problems = issues.map(({ path, message }) => [path.join(': '), message].filter(Boolean).join(': '));
  return firstOf(problems, 3, '; ');
}

/**
 * Opens weights split over several files by their index (`model.safetensors.index.json` or
 * `pytorch_model.bin.index.json` of Hugging Face: `weight_map` names each tensor's file, beside the index).
 * @throws UserError when the index does not have that form, or names a tensor that its file lacks
 */
export async function openShardedWeights(path: string): Promise<WeightSource> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`${path}: not valid JSON: ${error.message}`);
    throw error;
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) throw new UserError(`${path}: not an index of weight files: ${someProblems(parsed.error)}`);
  const fileOf = new Map(Object.entries(parsed.data.weight_map));
  const opened = new Map<string, WeightSource>();
  const close = async (): Promise<void> => {
    for (const source of opened.values()) await source.close();
  };
  try {
    for (const file of new Set(fileOf.values())) {
      const shard = join(dirname(path), file);
      try {
        opened.set(file, await (file.endsWith('.safetensors') ? openSafetensors : openTorch)(shard));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          throw new UserError(`${path}: its file ${file} is missing; put it beside the index`);
        throw error;
      }
    }
    const names = new Map([...opened].map(([file, source]) => [file, new Set(source.names)]));
    for (const [name, file] of fileOf)
      if (!names.get(file)!.has(name))
        throw new UserError(`${path}: tensor ${JSON.stringify(name)} is not in ${file}, where the index says it is`);
  } catch (error) {
    await close();
    throw error;
  }
  const shardOf = (name: string): WeightSource => {
    const file = fileOf.get(name);
    if (file === undefined) throw new UserError(`${path}: has no tensor ${JSON.stringify(name)}`);
    return opened.get(file)!;
  };
  return {
    source: path,
    names: [...fileOf.keys()],
    metadata: new Map(),
    shape: (name) => shardOf(name).shape(name),
    dtype: (name) => shardOf(name).dtype(name),
    read: (name) => shardOf(name).read(name),
    close,
  };
}
