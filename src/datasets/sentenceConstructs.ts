import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { readJsonRecords } from './jsonRecords.js';
import type { Dataset } from './sample.js';

const sceneSchema = z.object({
  sentences: z.array(z.object({ sentenceId: z.number().int(), construct: z.string().min(1) })),
});

/**
 * What each sentence of a generated release rests on (`superlative`, `ordinal`, `negation` ...), by the number of the
 * sentence, from the `scenes.json` that `refersat generate` writes; null for a release without that file.
 * @throws UserError when the file is not JSON or a scene lacks its sentences, with file and record
 */
export async function sentenceConstructs(
  dataset: Pick<Dataset, 'root'>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, string> | null> {
  const path = join(dataset.root, 'scenes.json');
  const isThere = await stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
  if (!isThere) return null;
  const constructs = new Map<number, string>();
  const takeScene = (record: unknown, index: number): void => {
    const scene = sceneSchema.safeParse(record);
    if (!scene.success) {
      const [{ path: where, message }] = scene.error.issues;
      throw new UserError(
        `${path}: scenes, record ${index + 1}: ${where.join('.')}: ${message}; write the release anew with refersat generate, or take the file away`,
      );
    }
    for (const { sentenceId, construct } of scene.data.sentences) constructs.set(sentenceId, construct);
  };
  await readJsonRecords(path, path, { scenes: takeScene }, signal);
  return constructs;
}
