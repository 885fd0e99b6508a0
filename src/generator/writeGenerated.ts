import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Release,
  type ReleaseAnnotation,
  type ReleaseReference,
  refuseOverwrite,
  writeNwpuRefer,
} from '../datasets/index.js';
import { UserError } from '../errors/index.js';
import { explainWriting, writeFileAtomic, writeFolderAtomic } from '../files/index.js';
import type { Progress } from '../progress/index.js';
import { createRandom } from '../random/index.js';
import { createTally, type DescribeOptions, describeScene, type GeneratedSentence, type Tally } from './describe.js';
import type { Scene } from './scene.js';

/** A scene on its way into a release. */
export interface SourceScene {
  readonly scene: Scene;
  /** File name in the release's `image/`. */
  readonly fileName: string;
  /** Puts the picture at a path. */
  readonly place: (path: string) => Promise<void>;
  /** Where the scene comes from, for traces: the source's path of the picture. */
  readonly source?: string;
  /** The split it must go to; drawn from the shares where left out. */
  readonly split?: string;
}

/** Shares of the pictures that each split gets. */
export type SplitShares = readonly { readonly name: string; readonly share: number }[];

export interface WriteGeneratedOptions {
  readonly out: string;
  readonly seed: number;
  readonly scenes: AsyncIterable<SourceScene>;
  /** Number of scenes that will come, to share them out between splits. */
  readonly total: number;
  readonly splits: SplitShares;
  readonly describe: Omit<DescribeOptions, 'tally'>;
  /** Which things `instances.json` outlines: `targets` (default), what some sentence means, as NWPU-Refer; or `all`. */
  readonly annotations?: 'targets' | 'all';
  /** Becomes `generator` of scenes.json: what made the release. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface GeneratedSummary {
  readonly images: number;
  /** Pictures about which nothing clear could be said; they are not in the release. */
  readonly withoutSentence: number;
  /** Things in the scenes, and those of them that a sentence means: the release's annotations. */
  readonly objects: number;
  readonly targets: number;
  readonly sentences: number;
  /** Sentences by kind, construct (`single colour`) and language. */
  readonly counts: Readonly<Record<string, number>>;
  readonly splits: Readonly<Record<string, number>>;
}

/**
 * Which split each of `total` pictures goes to: shares of a seeded shuffle, so that neighbours in the source spread over
 * the splits; a split with a share gets at least one picture where there are enough.
 */
export function drawSplits(total: number, shares: SplitShares, seed: number): string[] {
  const used = shares.filter(({ share }) => share > 0);
  const sum = used.reduce((part, { share }) => part + share, 0);
  const ordered = createRandom(seed, 'splits').shuffle(Array.from({ length: total }, (_, index) => index));
  const names = new Array<string>(total).fill(used[0]?.name ?? 'train');
  let start = 0;
  let reached = 0;
  for (const [index, { name, share }] of used.entries()) {
    reached += share;
    const left = used.length - 1 - index;
    const end =
      left === 0
        ? total
        : Math.min(Math.max(Math.round((total * reached) / sum), start + 1), Math.max(total - left, start));
    for (const position of ordered.slice(start, end)) names[position] = name;
    start = end;
  }
  return names;
}

/**
 * Writes an NWPU-Refer release with generated sentences and `scenes.json` (every scene's objects, attributes and each
 * sentence's logical form) into a new folder, which appears whole or not at all. Same arguments, same bytes. Throws a
 * UserError when the folder is there already, cannot be written, or not one sentence could be made; what `signal` throws when it
 * aborts.
 */
export async function writeGenerated(options: WriteGeneratedOptions): Promise<GeneratedSummary> {
  await refuseOverwrite(options.out);
  const tally = createTally();
  const splits = drawSplits(options.total, options.splits, options.seed);
  let summary: GeneratedSummary | undefined;
  await writeFolderAtomic(options.out, async (folder) => {
    const imageFolder = join(folder, 'image');
    await mkdir(imageFolder, { recursive: true });
    const release = createRelease(options);
    const names = new Set<string>();
    let index = 0;
    for await (const source of options.scenes) {
      options.signal?.throwIfAborted();
      const split = source.split ?? splits[index] ?? options.splits[0]?.name ?? 'train';
      index++;
      const random = createRandom(options.seed, 'sentences', source.scene.image);
      const sentences = describeScene(source.scene, { ...options.describe, tally }, random);
      if (sentences.length > 0) {
        const fileName = freeName(source.fileName, names);
        await source.place(join(imageFolder, fileName));
        release.add({ ...source, fileName }, split, sentences);
      } else release.addEmpty();
      options.progress?.tick(1, `${release.sentenceCount()} sentences`);
    }
    if (release.sentenceCount() === 0) {
      throw new UserError(
        `no sentence could be made from ${index} pictures: their things have no masks, are too small to be meant, or nothing about them is clear. Try a lower --min-area`,
      );
    }
    await writeNwpuRefer(folder, release.release());
    await writeFileAtomic(join(folder, 'scenes.json'), release.trace());
    options.signal?.throwIfAborted();
    summary = release.summary(tally);
  }).catch((error: unknown) => {
    throw explainWriting(error, options.out);
  });
  if (!summary) throw new Error('the release was not written');
  return summary;
}

/** A name that no other picture has. */
function freeName(wanted: string, taken: Set<string>): string {
  const dot = wanted.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [wanted.slice(0, dot), wanted.slice(dot)] : [wanted, ''];
  let name = wanted;
  for (let copy = 2; taken.has(name.toLowerCase()); copy++) name = `${stem}-${copy}${extension}`;
  taken.add(name.toLowerCase());
  return name;
}

interface GrowingRelease {
  add(source: SourceScene, split: string, sentences: readonly GeneratedSentence[]): void;
  addEmpty(): void;
  sentenceCount(): number;
  release(): Release;
  trace(): string;
  summary(tally: Tally): GeneratedSummary;
}

/** Collects scenes into one release; images, annotations and sentences are numbered from 1 in order. */
function createRelease({ settings, seed, annotations: which }: WriteGeneratedOptions): GrowingRelease {
  const images: Release['images'][number][] = [];
  const annotations: ReleaseAnnotation[] = [];
  const references: ReleaseReference[] = [];
  const traces: string[] = [];
  const splitCounts: Record<string, number> = {};
  let withoutSentence = 0;
  let objectCount = 0;
  let targetCount = 0;

  return {
    add({ scene, fileName, source }, split, sentences) {
      const imageId = images.length + 1;
      images.push({ id: imageId, file: fileName, width: scene.width, height: scene.height });
      splitCounts[split] = (splitCounts[split] ?? 0) + 1;
      const newIds = new Map<number, number>();
      const meant = new Set(sentences.flatMap(({ targets }) => targets));
      targetCount += meant.size;
      for (const object of scene.objects) {
        objectCount++;
        const id = objectCount;
        newIds.set(object.id, id);
        // As in NWPU-Refer, annotations are the things referred to; scenes.json keeps the others.
        if (which !== 'all' && !meant.has(object.id)) continue;
        annotations.push({
          id,
          imageId,
          category: object.category,
          boxXywh: object.boxXywh,
          areaPx: object.areaPx,
          ...(object.mask && { rle: object.mask }),
          ...(object.crowd && { isCrowd: true }),
        });
      }
      const renumbered = (ids: readonly number[]): number[] =>
        ids.map((id) => newIds.get(id) ?? 0).sort((a, b) => a - b);
      const written = sentences.map(({ sentence, targets, ...rest }) => {
        const sentenceId = references.length + 1;
        const annotationIds = renumbered(targets);
        references.push({ imageId, split, annotationIds, sentences: [{ raw: sentence, sentenceId }] });
        return { sentenceId, sentence, targets: annotationIds, ...rest };
      });
      const objects = scene.objects.map(({ mask, id, on, centre, ...object }) => ({
        id: newIds.get(id),
        sourceId: id,
        ...object,
        centre: centre.map((value) => Math.round(value * 10) / 10),
        hasMask: mask !== null,
        ...(on && on.length > 0 && { on: renumbered(on.filter((other) => newIds.has(other))) }),
      }));
      const { image: _image, objects: _objects, labelled: _labelled, coverCategories: _cover, ...rest } = scene;
      traces.push(JSON.stringify({ imageId, image: fileName, source, split, ...rest, objects, sentences: written }));
    },
    addEmpty() {
      withoutSentence++;
    },
    sentenceCount: () => references.length,
    release: () => ({
      images,
      annotations,
      references,
      info: { description: 'Referring sentences generated by refersat', generator: settings },
    }),
    // One scene a line: a person can find a sentence with grep, a program reads it as JSON.
    trace: () =>
      `{"format":"refersat scenes 1","seed":${seed},"generator":${JSON.stringify(settings)},"scenes":[\n${traces.join(',\n')}\n]}\n`,
    summary: (tally) => ({
      images: images.length,
      withoutSentence,
      objects: objectCount,
      targets: targetCount,
      sentences: references.length,
      counts: Object.fromEntries([...tally.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      splits: splitCounts,
    }),
  };
}
