import { constants } from 'node:fs';
import { copyFile, link, writeFile } from 'node:fs/promises';
import type { Dataset } from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { createProgress, type ProgressStream } from '../progress/index.js';
import { type DatasetSceneOptions, datasetScenes, findCoverCategories, type LeftOut } from './datasetScenes.js';
import type { Mix } from './describe.js';
import { syntheticScenes } from './syntheticScenes.js';
import { type GeneratedSummary, type SourceScene, type SplitShares, writeGenerated } from './writeGenerated.js';

/** What both sources share. */
export interface GenerateOptions {
  /** A folder that is not there yet. */
  readonly out: string;
  readonly seed: number;
  /** Sentences wanted per picture. */
  readonly sentences: number;
  readonly mix: Mix;
  readonly splits: SplitShares;
  readonly minAreaPx?: number;
  readonly clippedTargets?: boolean;
  /** Which things the release outlines: `targets` (default), what some sentence means, or `all`. */
  readonly annotations?: 'targets' | 'all';
  readonly stderr?: ProgressStream;
  readonly signal?: AbortSignal;
}

export interface FromDatasetOptions extends GenerateOptions, DatasetSceneOptions {
  /** Take each picture's split from the dataset's own sentences instead of drawing it. */
  readonly keepSplits?: boolean;
  /** How pictures get into the release: `copy`, or `link` (a hard link, a copy where that is not possible). */
  readonly images?: 'copy' | 'link';
}

/** Generates a release from a dataset's annotated pictures. Throws UserErrors as datasetScenes and writeGenerated do. */
export async function generateFromDataset(
  dataset: Dataset,
  options: FromDatasetOptions,
): Promise<GeneratedSummary & { readonly leftOut: readonly LeftOut[]; readonly cover: readonly string[] }> {
  const leftOut: LeftOut[] = [];
  const cover = options.cover ?? findCoverCategories(dataset);
  const known = new Set(dataset.categories);
  for (const name of [...(options.cover ?? []), ...(options.incomplete ?? [])]) {
    if (!known.has(name)) {
      throw new UserError(`${dataset.root}: no category '${name}'; it has ${[...known].join(', ')}`);
    }
  }
  const splitOf = new Map<number, string>();
  if (options.keepSplits) {
    for (const { image, split } of dataset.samples) if (!splitOf.has(image.id)) splitOf.set(image.id, split);
    if (splitOf.size === 0) {
      throw new UserError(`${dataset.root}: a ${dataset.format} set has no splits to keep; leave --keep-splits out`);
    }
  }
  const put = async (from: string, to: string): Promise<void> => {
    if (options.images === 'link') {
      const linked = await link(from, to).then(
        () => true,
        () => false,
      );
      if (linked) return;
    }
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  };
  async function* sources(): AsyncGenerator<SourceScene> {
    const scenes = datasetScenes(dataset, { ...options, cover }, (missed) => leftOut.push(missed), options.signal);
    for await (const { scene, image, file } of scenes) {
      if (options.keepSplits && !splitOf.has(image.id)) continue;
      yield {
        scene,
        fileName: image.file.replaceAll('/', '__'),
        place: (path) => put(file, path),
        source: image.file,
        split: splitOf.get(image.id),
      };
    }
  }
  const progress = createProgress(options.stderr, {
    label: 'describing',
    total: dataset.images.length,
    unit: 'images',
  });
  let summary: GeneratedSummary;
  try {
    summary = await writeGenerated({
      out: options.out,
      seed: options.seed,
      scenes: sources(),
      total: dataset.images.length,
      splits: options.splits,
      describe: describeOptions(options),
      annotations: options.annotations,
      settings: {
        from: dataset.format,
        seed: options.seed,
        sentences: options.sentences,
        mix: options.mix,
        splits: options.keepSplits ? 'kept' : options.splits,
        cover,
        incomplete: options.incomplete ?? [],
        minAreaPx: options.minAreaPx ?? 'by the size of the picture',
      },
      progress,
      signal: options.signal,
    });
  } catch (error) {
    // The pictures that could not be read are the likelier reason than what there was to say.
    if (error instanceof UserError && leftOut.length === dataset.images.length && leftOut.length > 0) {
      throw new UserError(`not one of ${leftOut.length} pictures can be used; the first: ${leftOut[0].reason}`);
    }
    throw error;
  }
  progress.finish(`${summary.sentences} sentences`);
  return { ...summary, leftOut, cover };
}

export interface SyntheticReleaseOptions extends GenerateOptions {
  readonly scenes: number;
  readonly sizePx: number;
  readonly workers?: number;
}

/** Generates a release of synthetic scenes. */
export async function generateScenes(options: SyntheticReleaseOptions): Promise<GeneratedSummary> {
  const { seed, sizePx } = options;
  async function* sources(): AsyncGenerator<SourceScene> {
    for await (const { scene, jpeg } of syntheticScenes({ ...options, count: options.scenes })) {
      yield { scene, fileName: scene.image, place: (path) => writeFile(path, jpeg) };
    }
  }
  const progress = createProgress(options.stderr, {
    label: 'rendering',
    total: options.scenes,
    unit: 'scenes',
  });
  const summary = await writeGenerated({
    out: options.out,
    seed,
    scenes: sources(),
    total: options.scenes,
    splits: options.splits,
    describe: describeOptions(options),
    annotations: options.annotations,
    settings: {
      from: 'synthetic scenes',
      seed,
      sizePx,
      scenes: options.scenes,
      sentences: options.sentences,
      mix: options.mix,
      splits: options.splits,
      minAreaPx: options.minAreaPx ?? 'by the size of the picture',
    },
    progress,
    signal: options.signal,
  });
  progress.finish(`${summary.sentences} sentences`);
  return summary;
}

const describeOptions = ({ sentences, mix, minAreaPx, clippedTargets }: GenerateOptions) => ({
  sentences,
  mix,
  minAreaPx,
  clippedTargets,
});
