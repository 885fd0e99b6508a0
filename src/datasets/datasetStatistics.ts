import { setImmediate } from 'node:timers/promises';
import { UserError } from '../errors/index.js';
import { rleArea, rleBox } from '../masks/index.js';
import { createProgress, type ProgressStream } from '../progress/index.js';
import { noTargetCategory } from './release.js';
import type { Annotation, Dataset, Sample } from './sample.js';

/** One table of statistics: what a chart shows and its CSV holds. */
export interface StatisticsTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The statistics of a dataset, by the names of their CSV files. */
export interface DatasetStatistics {
  /** category, targets. */
  readonly categories: StatisticsTable;
  /** from_px, to_px, targets: areas of masks in classes that double. */
  readonly maskAreas: StatisticsTable;
  /** from_percent, to_percent, targets: areas of masks as part of their pictures. */
  readonly maskParts: StatisticsTable;
  /** width, height, images. */
  readonly imageSizes: StatisticsTable;
  /** language, words, sentences. */
  readonly sentenceLengths: StatisticsTable;
  /** language, word, count. */
  readonly words: StatisticsTable;
  /** targets, sentences. */
  readonly targetsPerSentence: StatisticsTable;
  /** column, row, targets: centres of the targets' boxes on a grid over the picture. */
  readonly positions: StatisticsTable;
  /** split, kind, samples. */
  readonly splits: StatisticsTable;
  /** Targets left out because their masks are broken. */
  readonly broken: number;
}

export interface StatisticsOptions {
  /** A broken mask ends the work in its error (`stop`), or is left out and counted (`skip`, the default). */
  readonly onBroken?: 'stop' | 'skip';
  readonly signal?: AbortSignal;
  readonly progress?: ProgressStream;
}

/** Cells of the grid over the picture, a side. */
export const positionCells = 24;
/** So many masks are measured before the program looks up. */
const masksAtOnce = 256;
/** Words beyond this many are of no use to anyone. */
const maxWords = 2000;
/** Edges of the classes of a mask's part of its picture, in percent. */
const partEdges = [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100.001];

/** A thing whose size and place are counted. */
interface Measured {
  readonly category: string;
  readonly areaPx: number;
  readonly box: readonly [number, number, number, number];
  readonly width: number;
  readonly height: number;
}

/** Counts by key, as a Map that starts at zero. */
function counter<Key>(): { add(key: Key, count?: number): void; entries(): [Key, number][] } {
  const counts = new Map<Key, number>();
  return {
    add: (key, count = 1) => {
      counts.set(key, (counts.get(key) ?? 0) + count);
    },
    entries: () => [...counts],
  };
}

const byCount = ([, a]: [unknown, number], [, b]: [unknown, number]): number => b - a;

/** The targets: annotations that sentences name, else the masks of sentences, else every annotation. */
function* measuredTargets(
  dataset: Dataset,
  onBroken: (error: UserError) => void,
  tick: () => void,
): Generator<Measured> {
  const images = new Map(dataset.images.map((image) => [image.id, image]));
  const referred = new Set(dataset.samples.flatMap(({ targets }) => targets));
  const measure = (thing: Annotation | Sample, category: string, imageId: number): Measured | undefined => {
    const image = images.get(imageId);
    if (!image) return undefined;
    const { width, height } = image;
    if ('boxXywh' in thing && !thing.hasMask)
      return { category, areaPx: thing.areaPx, box: thing.boxXywh, width, height };
    try {
      const rle = thing.mask();
      return { category, areaPx: rleArea(rle), box: rleBox(rle), width, height };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onBroken(error);
      return undefined;
    }
  };
  for (const annotation of dataset.annotations) {
    tick();
    if (annotation.category === noTargetCategory || (dataset.samples.length > 0 && !referred.has(annotation.id)))
      continue;
    const measured = measure(annotation, annotation.category, annotation.imageId);
    if (measured) yield measured;
  }
  for (const sample of dataset.samples) {
    if (sample.kind === 'none' || sample.targets.length > 0) continue;
    tick();
    const measured = measure(sample, sample.category === '' ? '(not stated)' : sample.category, sample.image.id);
    if (measured) yield measured;
  }
}

const segmenters = {
  en: new Intl.Segmenter('en', { granularity: 'word' }),
  zh: new Intl.Segmenter('zh', { granularity: 'word' }),
};

/** Words of a sentence; Chinese is cut into words too. */
const wordsOf = ({ sentence, language }: Sample): string[] =>
  [...segmenters[language].segment(sentence)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);

/**
 * Counts what the charts of `dataset stats` show; every target's mask is decoded. Throws a UserError with file and record
 * at a broken one when `onBroken` says so.
 */
export async function datasetStatistics(dataset: Dataset, options: StatisticsOptions = {}): Promise<DatasetStatistics> {
  const total =
    dataset.annotations.length +
    dataset.samples.filter(({ kind, targets }) => kind !== 'none' && targets.length === 0).length;
  const progress = createProgress(options.progress, {
    label: 'measuring masks',
    total,
    unit: 'masks',
  });
  const categories = counter<string>();
  const areas = counter<number>();
  const parts = counter<number>();
  const cells = counter<number>();
  let broken = 0;
  const onBroken = (error: UserError): void => {
    if (options.onBroken === 'stop')
      throw new UserError(`${error.message}. --skip-faulty leaves such targets out and counts them`, { cause: error });
    broken += 1;
  };
  const tick = (): void => progress.tick();
  let measured = 0;
  for (const { category, areaPx, box, width, height } of measuredTargets(dataset, onBroken, tick)) {
    measured += 1;
    if (measured % masksAtOnce === 0) {
      // Lets Ctrl-C arrive.
      await setImmediate();
      options.signal?.throwIfAborted();
    }
    categories.add(category);
    if (areaPx > 0) areas.add(Math.floor(Math.log2(areaPx)));
    const percent = (100 * areaPx) / (width * height);
    parts.add(partEdges.findLastIndex((edge) => percent >= edge));
    const cell = (center: number, side: number): number =>
      Math.min(positionCells - 1, Math.max(0, Math.floor((center / side) * positionCells)));
    cells.add(positionCells * cell(box[1] + box[3] / 2, height) + cell(box[0] + box[2] / 2, width));
  }
  if (total > 1000) progress.finish();

  const sizes = counter<string>();
  for (const { width, height } of dataset.images) sizes.add(`${width} ${height}`);
  const lengths = counter<string>();
  const words = { en: counter<string>(), zh: counter<string>() };
  const perSentence = counter<number>();
  const splits = counter<string>();
  for (const sample of dataset.samples) {
    const found = wordsOf(sample);
    lengths.add(`${sample.language} ${found.length}`);
    for (const word of found) words[sample.language].add(word);
    perSentence.add(sample.kind === 'none' ? 0 : Math.max(1, sample.targets.length));
    splits.add(`${sample.split}\n${sample.kind}`);
  }
  const numbers = (text: string): number[] => text.split(' ').map(Number);
  const sorted = (entries: [number, number][]): [number, number][] => entries.sort(([a], [b]) => a - b);
  return {
    categories: { columns: ['category', 'targets'], rows: categories.entries().sort(byCount) },
    maskAreas: {
      columns: ['from_px', 'to_px', 'targets'],
      rows: sorted(areas.entries()).map(([power, count]) => [2 ** power, 2 ** (power + 1), count]),
    },
    maskParts: {
      columns: ['from_percent', 'to_percent', 'targets'],
      rows: partEdges
        .slice(0, -1)
        .map((edge, row) => [edge, Math.floor(partEdges[row + 1] * 100) / 100, new Map(parts.entries()).get(row) ?? 0]),
    },
    imageSizes: {
      columns: ['width', 'height', 'images'],
      rows: sizes
        .entries()
        .sort(byCount)
        .map(([size, count]) => [...numbers(size), count]),
    },
    sentenceLengths: {
      columns: ['language', 'words', 'sentences'],
      rows: lengths
        .entries()
        .map(([key, count]): [string, number, number] => [key.split(' ')[0], Number(key.split(' ')[1]), count])
        .sort(([a, m], [b, n]) => (a === b ? m - n : a < b ? -1 : 1)),
    },
    words: {
      columns: ['language', 'word', 'count'],
      rows: (['en', 'zh'] as const).flatMap((language) =>
        words[language]
          .entries()
          .sort(byCount)
          .slice(0, maxWords)
          .map(([word, count]) => [language, word, count]),
      ),
    },
    targetsPerSentence: { columns: ['targets', 'sentences'], rows: sorted(perSentence.entries()) },
    positions: {
      columns: ['column', 'row', 'targets'],
      rows: sorted(cells.entries()).map(([cell, count]) => [
        cell % positionCells,
        Math.floor(cell / positionCells),
        count,
      ]),
    },
    splits: {
      columns: ['split', 'kind', 'samples'],
      rows: splits.entries().map(([key, count]) => [...key.split('\n'), count]),
    },
    broken,
  };
}
