import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { rleArea } from '../masks/index.js';
import { createProgress, type ProgressStream } from '../progress/index.js';
import { annotationPlace } from './annotationPlace.js';
import { mapConcurrently } from './concurrently.js';
import { checkImage } from './imageCheck.js';
import { type OpenOptions, openTables } from './openDataset.js';
import type { Problem, ProblemKind } from './problem.js';
import { noTargetCategory } from './release.js';
import { sameImages } from './sameImages.js';
import { type SegmentationColumns, segmentationKind, segmentationPolygons, segmentationRle } from './segmentations.js';
import type { DatasetTables } from './tables.js';

export interface ValidateOptions {
  /** Reads the headers of the images alone, which does not find files that are cut off. */
  readonly headersOnly?: boolean;
  /** Leaves the images aside. */
  readonly withoutImages?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressStream;
}

/** Corners may lie this far outside: tools that count pixels from 1, or close a polygon on the far edge, do so. */
const tolerancePx = 1;
/** A corner may lie outside by this part of a side, or so many pixels, before it is an error: clipping leaves such rims. */
const rim = { part: 0.05, px: 5 };
/** In these releases every annotation is there to be referred to. */
const everyTargetHasRef = ['nwpu-refer', 'rrsis-d'];

/**
 * Everything that is wrong with a release: what its reader found, every image, every mask, leaks between splits and
 * targets without a sentence. Throws only when `signal` aborts.
 */
export async function validateTables(
  root: string,
  tables: DatasetTables,
  options: ValidateOptions = {},
): Promise<Problem[]> {
  const problems = [...tables.problems];
  if (!options.withoutImages) problems.push(...(await imageProblems(root, tables, options)));
  const same = await sameImages(root, tables, { byBytes: !options.withoutImages, signal: options.signal });
  problems.push(
    ...annotationProblems(tables),
    ...sampleMaskProblems(tables),
    ...leaks(tables, same),
    ...unusedTargets(tables),
  );
  return problems;
}

/**
 * Finds everything that is wrong with a copy of a release: reader's findings, every image, every mask, leaks between
 * splits, targets without a sentence. Throws a UserError where the release cannot be read at all.
 */
export async function validateDataset(
  folder: string,
  options: ValidateOptions & Omit<OpenOptions, 'faulty' | 'language' | 'split'> = {},
): Promise<{ readonly format: string; readonly problems: readonly Problem[] }> {
  const { root, tables } = await openTables(folder, options);
  return { format: tables.format, problems: await validateTables(root, tables, options) };
}

async function imageProblems(root: string, tables: DatasetTables, options: ValidateOptions): Promise<Problem[]> {
  const { images, folders, imageFolder } = tables;
  const progress = createProgress(options.progress, {
    label: options.headersOnly ? 'checking headers' : 'checking images',
    total: images.file.length,
    unit: 'images',
  });
  const found = await mapConcurrently(
    images.file,
    async (name, row): Promise<Problem | undefined> => {
      const file = join(images.folder[row] < 0 ? imageFolder : folders[images.folder[row]], name);
      const check = await checkImage(join(root, file), options.headersOnly === true);
      progress.tick();
      const about = { severity: 'error', file, record: `image ${images.id[row]}`, id: images.id[row] } as const;
      if (check.state === 'missing') {
        const fix = 'unpack the images again, or remove the record';
        return { ...about, kind: 'image-missing', message: 'the file is not there', fix };
      }
      if (check.state === 'unreadable') {
        const message = check.isDenied ? 'it cannot be read' : `it cannot be decoded (${check.reason})`;
        return {
          ...about,
          kind: 'image-unreadable',
          message,
          fix: check.isDenied ? check.reason : 'download it again',
        };
      }
      const [width, height] = [images.width[row], images.height[row]];
      if ([check.stored, check.turned].some((size) => size.width === width && size.height === height)) {
        if (check.damage === null) return undefined;
        const message = `a part of it cannot be decoded (${check.damage}); what can be read is used`;
        return { ...about, severity: 'warning', kind: 'image-damaged', message, fix: 'download it again' };
      }
      const message = `it has ${check.stored.width} x ${check.stored.height} pixels, the annotations say ${width} x ${height} (width x height)`;
      return { ...about, kind: 'size-mismatch', message, fix: 'take the original image, or correct the record' };
    },
    options,
  );
  if (images.file.length > 1000) progress.finish();
  return found.filter((problem) => problem !== undefined);
}

/** The first thing wrong with one segmentation, as kind and message; undefined when it is sound. */
function segmentationFault(
  columns: SegmentationColumns,
  row: number,
  height: number,
  width: number,
): { kind: ProblemKind; severity: 'error' | 'warning'; message: string } | undefined {
  const severity = 'error';
  if (columns.kind[row] === segmentationKind.broken) {
    return { kind: 'bad-mask', severity, message: columns.reasons[columns.start[row]] };
  }
  const polygons = segmentationPolygons(columns, row);
  for (const [position, polygon] of (polygons ?? []).entries()) {
    const which = `polygon ${position + 1}`;
    if (polygon.length < 6)
      return { kind: 'empty-polygon', severity, message: `${which} has ${polygon.length / 2} corners` };
    const far = farthestOutside(polygon, height, width);
    if (far.beyondPx > tolerancePx) {
      const [x, y] = [polygon[far.index - (far.index % 2)], polygon[far.index - (far.index % 2) + 1]];
      const message = `${which}: corner ${x}, ${y} lies outside of ${width} x ${height} pixels`;
      const limit = Math.max(rim.px, rim.part * (far.index % 2 === 0 ? width : height));
      return { kind: 'polygon-out-of-bounds', severity: far.beyondPx > limit ? 'error' : 'warning', message };
    }
  }
  try {
    if (rleArea(segmentationRle(columns, row, height, width)) > 0) return undefined;
    return polygons
      ? { kind: 'empty-polygon', severity, message: 'its polygons enclose no pixel' }
      : { kind: 'empty-mask', severity, message: 'its runs hold no pixel' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message } = error;
    const kind = /sum to/.test(message) ? 'rle-sum' : /runs are for/.test(message) ? 'size-mismatch' : 'bad-mask';
    return { kind, severity, message };
  }
}

/** The number of an outline that lies farthest outside of the picture, and by how many pixels (below 0: inside). */
function farthestOutside(
  polygon: readonly number[],
  height: number,
  width: number,
): { index: number; beyondPx: number } {
  let index = 0;
  let beyondPx = Number.NEGATIVE_INFINITY;
  for (const [position, value] of polygon.entries()) {
    const beyond = Math.max(-value, value - (position % 2 === 0 ? width : height));
    if (beyond > beyondPx) [index, beyondPx] = [position, beyond];
  }
  return { index, beyondPx };
}

function annotationProblems(tables: DatasetTables): Problem[] {
  const { images, annotations, segmentations, names, samples, targets } = tables;
  const problems: Problem[] = [];
  const referred = new Set(targets);
  for (let row = 0; row < annotations.id.length; row++) {
    const image = annotations.image[row];
    if (image < 0 || names[annotations.category[row]] === noTargetCategory) continue;
    const place = annotationPlace(tables, row);
    const about = {
      severity: 'error',
      ...place,
      id: tables.annotationRecords === undefined ? annotations.id[row] : undefined,
    } as const;
    if (segmentations.kind[row] === segmentationKind.none) {
      // A box only is sound in a set without sentences; a sentence needs a mask.
      if (samples.raw.length === 0 || !referred.has(row)) continue;
      const message = 'a sentence refers to it, but its segmentation is empty';
      problems.push({ ...about, kind: 'empty-polygon', message, fix: 'outline it or remove the ref' });
      continue;
    }
    const fault = segmentationFault(segmentations, row, images.height[image], images.width[image]);
    if (fault) problems.push({ ...about, ...fault, fix: 'correct its segmentation or remove it' });
  }
  return problems;
}

function sampleMaskProblems({ samples, masks, maskSource, maskSources, images, format }: DatasetTables): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<number>();
  for (let row = 0; row < samples.raw.length; row++) {
    const mask = samples.mask[row];
    if (mask < 0 || seen.has(mask)) continue;
    seen.add(mask);
    const image = samples.image[row];
    const fault = segmentationFault(masks, mask, images.height[image], images.width[image]);
    if (!fault) continue;
    const [file, record = `sample ${samples.id[row]}`] = maskSources[maskSource[mask]].split(': ');
    const severity = fault.kind === 'empty-mask' && format !== 'aerial-d' ? 'warning' : fault.severity;
    const fix = 'correct the mask or remove the sample';
    problems.push({ ...fault, severity, file, record, id: samples.id[row], fix });
  }
  return problems;
}

/** Images, and sentences about one image, that stand in more than one split; `same` gives the first row of each picture. */
function leaks({ files, samples, splits, images, annotationRecords }: DatasetTables, same: Int32Array): Problem[] {
  const problems: Problem[] = [];
  const references = files.find((name) => !name.includes('instances')) ?? files[0];
  /** The file that the first of some splits stands in, where each split has its own (`output_phrase_train.txt`). */
  const fileOf = ([first]: Set<number>, image: number): string =>
    annotationRecords === undefined
      ? (files.find((name) => name.endsWith(`_${splits[first]}.txt`)) ?? references)
      : files[image];
  const imageSplits = new Map<number, Set<number>>();
  const sentenceSplits = new Map<string, { row: number; splits: Set<number> }>();
  for (let row = 0; row < samples.raw.length; row++) {
    const image = same[samples.image[row]];
    const split = samples.split[row];
    const of = imageSplits.get(image);
    if (of) of.add(split);
    else imageSplits.set(image, new Set([split]));
    const key = `${image}\n${samples.sentence[row]}`;
    const entry = sentenceSplits.get(key);
    if (entry) entry.splits.add(split);
    else sentenceSplits.set(key, { row, splits: new Set([split]) });
  }
  const named = (rows: Set<number>): string => [...rows].map((row) => splits[row]).join(' and ');
  for (const [image, of] of imageSplits) {
    if (of.size < 2) continue;
    problems.push({
      kind: 'image-leak',
      severity: 'error',
      file: fileOf(of, image),
      record: `image ${images.id[image]}`,
      id: images.id[image],
      message: `${images.file[image]} is in ${named(of)}`,
      fix: "keep it in one split ('refersat dataset split' makes splits by image)",
    });
  }
  for (const { row, splits: of } of sentenceSplits.values()) {
    if (of.size < 2 || samples.sentence[row] === '') continue;
    problems.push({
      kind: 'sentence-leak',
      severity: 'error',
      file: fileOf(of, samples.image[row]),
      record: `sample ${samples.id[row]}`,
      id: samples.id[row],
      message: `'${samples.raw[row]}' about image ${images.id[samples.image[row]]} is in ${named(of)}`,
      fix: 'keep it in one split',
    });
  }
  return problems;
}

function unusedTargets({ format, files, annotations, names, targets, samples, maskSource }: DatasetTables): Problem[] {
  if (!everyTargetHasRef.includes(format) || samples.raw.length === 0 || maskSource.length > 0) return [];
  const referred = new Set(targets);
  const problems: Problem[] = [];
  for (let row = 0; row < annotations.id.length; row++) {
    if (referred.has(row) || names[annotations.category[row]] === noTargetCategory) continue;
    problems.push({
      kind: 'target-without-ref',
      severity: 'warning',
      file: files[0],
      record: `annotation ${annotations.id[row]}`,
      id: annotations.id[row],
      message: `no sentence refers to this ${names[annotations.category[row]]}`,
      fix: 'nothing needs doing: it is never a target; write a sentence if it should be',
    });
  }
  return problems;
}
