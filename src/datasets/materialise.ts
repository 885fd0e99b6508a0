import { join } from 'node:path';
import { UserError } from '../errors/index.js';
import { emptyRle, type Rle, rleUnion } from '../masks/index.js';
import { annotationPlace } from './annotationPlace.js';
import { type Problem, problemText } from './problem.js';
import type { Annotation, Dataset, DatasetImage, Language, Sample } from './sample.js';
import { segmentationKind, segmentationPolygons, segmentationRle } from './segmentations.js';
import { languageOf } from './sentence.js';
import { type DatasetTables, kindNames } from './tables.js';

/** Which samples of a release are wanted, and what to do about broken records. */
export interface Selection {
  /** `all` by default. */
  readonly language?: Language | 'all';
  readonly split?: string;
  /**
   * `stop` (default) throws at the first record that cannot be trusted: an id used twice, a name of a record that is not
   * there. `skip` leaves such records out and counts them in `Dataset.skipped`.
   */
  readonly faulty?: 'stop' | 'skip';
}

const untrusted: readonly string[] = ['duplicate-id', 'missing-annotation', 'missing-image-record'];

/** Problems that leave records out of a dataset. */
export const leavesOut = ({ kind }: Problem): boolean => untrusted.includes(kind);

/** Makes the objects of a dataset from its columns. Throws a UserError as `Selection.faulty` and `split` say. */
export function datasetFromTables(root: string, tables: DatasetTables, selection: Selection = {}): Dataset {
  const left = tables.problems.filter(leavesOut);
  if (left.length > 0 && selection.faulty !== 'skip') {
    const more = left.length > 1 ? ` (and ${left.length - 1} more such)` : '';
    throw new UserError(
      `${problemText(left[0])}${more}. 'refersat dataset validate ${root}' lists them all; --skip-faulty leaves them out`,
    );
  }
  if (selection.split !== undefined && !tables.splits.includes(selection.split)) {
    const splits =
      tables.splits.length > 0 ? `it has ${tables.splits.join(', ')}` : 'it has no sentences and no splits';
    throw new UserError(`${root}: no split '${selection.split}'; ${splits}`);
  }
  const { images, annotations, samples, names } = tables;
  const pictures: DatasetImage[] = images.file.map((file, row) => {
    const image = { id: images.id[row], file, width: images.width[row], height: images.height[row] };
    return images.folder[row] < 0 ? image : { ...image, folder: tables.folders[images.folder[row]] };
  });
  const { segmentations, masks, targets } = tables;

  const annotationMask = (row: number): Rle => {
    const image = pictures[annotations.image[row]];
    try {
      if (!image) throw new UserError(`image ${annotations.imageId[row]} is not among the images`);
      return segmentationRle(segmentations, row, image.height, image.width);
    } catch (error) {
      const { file, record } = annotationPlace(tables, row);
      throw maskError(error, `${file}: ${record}`, root);
    }
  };
  const makeAnnotation = (row: number): Annotation => {
    const corner = 4 * row;
    const { boxXywh } = annotations;
    return {
      id: annotations.id[row],
      imageId: annotations.imageId[row],
      category: names[annotations.category[row]],
      boxXywh: [boxXywh[corner], boxXywh[corner + 1], boxXywh[corner + 2], boxXywh[corner + 3]],
      areaPx: annotations.areaPx[row],
      isCrowd: annotations.isCrowd[row] === 1,
      hasMask: segmentations.kind[row] !== segmentationKind.none,
      polygons: () => segmentationPolygons(segmentations, row),
      mask: () => annotationMask(row),
    };
  };
  let things: Annotation[] | undefined;

  const sampleMask = (row: number, image: DatasetImage): Rle => {
    const { height, width } = image;
    const own = samples.mask[row];
    if (own >= 0) {
      try {
        return segmentationRle(masks, own, height, width);
      } catch (error) {
        throw maskError(error, tables.maskSources[tables.maskSource[own]], root);
      }
    }
    const start = samples.targetStart[row];
    const rows = targets.subarray(start, start + samples.targetCount[row]);
    if (rows.length === 0) return emptyRle(height, width);
    return rows.length === 1 ? annotationMask(rows[0]) : rleUnion(Array.from(rows, annotationMask));
  };
  const targetIds = (start: number, count: number): number[] => {
    const ids = new Array<number>(count);
    for (let index = 0; index < count; index++) ids[index] = annotations.id[targets[start + index]];
    return ids;
  };
  const wanted: Sample[] = [];
  const split = selection.split === undefined ? -1 : tables.splits.indexOf(selection.split);
  const language = selection.language ?? 'all';
  for (let row = 0; row < samples.raw.length; row++) {
    if (split >= 0 && samples.split[row] !== split) continue;
    const spoken = languageOf(samples.sentence[row]);
    if (language !== 'all' && spoken !== language) continue;
    const image = pictures[samples.image[row]];
    const start = samples.targetStart[row];
    wanted.push({
      id: samples.id[row],
      image,
      split: tables.splits[samples.split[row]],
      raw: samples.raw[row],
      sentence: samples.sentence[row],
      refId: Number.isNaN(samples.refId[row]) ? undefined : samples.refId[row],
      sentenceId: Number.isNaN(samples.sentenceId[row]) ? undefined : samples.sentenceId[row],
      language: spoken,
      kind: kindNames[samples.kind[row]],
      targets: targetIds(start, samples.targetCount[row]),
      category: names[samples.category[row]],
      mask: () => sampleMask(row, image),
    });
  }
  return {
    format: tables.format,
    root,
    imageFolder: join(root, tables.imageFolder),
    files: tables.files,
    images: pictures,
    // Made when first asked for: evaluation reads samples alone, and fifty thousand objects take their time.
    get annotations() {
      things ??= Array.from({ length: annotations.id.length }, (_, row) => makeAnnotation(row));
      return things;
    },
    samples: wanted,
    categories: names.filter(
      (name, row) => row < tables.categoryIds.length || (tables.categoryIds.length === 0 && name !== ''),
    ),
    categoryIds: tables.categoryIds,
    skipped: left.length,
  };
}

function maskError(error: unknown, record: string, root: string): unknown {
  if (!(error instanceof UserError)) return error;
  const advice = `correct or remove it ('refersat dataset validate ${root}' lists all such)`;
  return new UserError(`${record}: ${error.message}; ${advice}`, { cause: error });
}
