import { UserError } from '../errors/index.js';
import { decodeImage, drawOverlay, type OverlayLayer, overlayColours, type RgbImage } from '../imagery/index.js';
import { createRandom } from '../random/index.js';
import { type Annotation, type Dataset, type DatasetImage, imagePath, type Sample } from './sample.js';

export interface ShowChoice {
  /** Samples whose sentence holds one of these texts. */
  readonly sentences?: readonly string[];
  /** Pictures by path, name or id. */
  readonly images?: readonly string[];
  /** Samples by id. */
  readonly ids?: readonly string[];
  readonly split?: string;
  /** At most so many, drawn at random (by `seed`) where more were found. */
  readonly count: number;
  readonly seed: number;
}

export interface Shown {
  /** All words that will be drawn. */
  readonly words: string;
  /** The picture with its masks and words; `widthPx` as drawOverlay's. Throws a UserError when it cannot be read. */
  draw(widthPx?: number): Promise<RgbImage>;
}

/**
 * Chooses samples of a dataset to draw; in a dataset without sentences (or where a picture asked for has none) whole
 * pictures with every object in the colour of its category. Throws a UserError when nothing fits the choice.
 */
export function showPictures(
  dataset: Dataset,
  choice: ShowChoice,
): { readonly shown: readonly Shown[]; readonly found: number; readonly noun: 'sample' | 'picture' } {
  const { sentences = [], images = [], ids = [], split } = choice;
  const wantedImages = images.length === 0 ? undefined : new Set(images.flatMap((name) => findImages(dataset, name)));
  const wantedIds = new Set(ids);
  const texts = sentences.map((text) => text.toLowerCase().replace(/\s+/gu, ' ').trim());
  const samples = dataset.samples.filter(
    (sample) =>
      (split === undefined || sample.split === split) &&
      (wantedImages === undefined || wantedImages.has(sample.image.file)) &&
      (wantedIds.size === 0 || wantedIds.has(sample.id)) &&
      (texts.length === 0 || texts.some((text) => sample.sentence.includes(text))),
  );
  if (samples.length > 0) {
    const picked = pickSome(samples, choice);
    return { shown: picked.map((sample) => showSample(dataset, sample)), found: samples.length, noun: 'sample' };
  }
  if (texts.length === 0 && wantedIds.size === 0 && split === undefined) {
    const pictures = dataset.images.filter(({ file }) => wantedImages?.has(file) ?? true);
    if (pictures.length > 0) {
      const picked = pickSome(pictures, choice);
      const shown = picked.map((image) => showImage(dataset, image));
      return { shown, found: pictures.length, noun: 'picture' };
    }
  }
  throw new UserError(`${dataset.root}: nothing fits ${describe(choice)}; ${whatThereIs(dataset)}`);
}

function findImages(dataset: Dataset, name: string): string[] {
  const files = dataset.images
    .filter(({ file, id }) => file === name || file.endsWith(`/${name}`) || String(id) === name)
    .map(({ file }) => file);
  if (files.length === 0) {
    const [first] = dataset.images;
    throw new UserError(
      `${dataset.root}: no picture '${name}' among ${dataset.images.length}${first ? `, such as ${first.file}` : ''}`,
    );
  }
  return files;
}

function pickSome<T>(items: readonly T[], { count, seed }: ShowChoice): readonly T[] {
  if (items.length <= count) return items;
  const places = createRandom(seed, 'show')
    .shuffle([...items.keys()])
    .slice(0, count);
  return places.sort((a, b) => a - b).map((place) => items[place]);
}

function showSample(dataset: Dataset, sample: Sample): Shown {
  const note = `${sample.image.file}, ${sample.split}, ${sample.kind}${sample.category ? `, ${sample.category}` : ''}, id ${sample.id}`;
  return {
    words: sample.raw + note,
    async draw(widthPx) {
      const image = await readPicture(dataset, sample.image);
      const targets = sample.targets.length > 1 ? annotationsOf(dataset, sample) : [];
      // Several targets each have a colour of their own; a release without ids has their union alone.
      const layers: OverlayLayer[] =
        targets.length > 1
          ? targets.map((target, place) => ({
              mask: target.mask(),
              colour: overlayColours[place % overlayColours.length],
            }))
          : [{ mask: sample.mask(), colour: overlayColours[0] }];
      return drawOverlay(image, layers, { sentence: sample.raw, note, widthPx });
    },
  };
}

const annotationsById = new WeakMap<Dataset, Map<number, Annotation>>();

function annotationsOf(dataset: Dataset, sample: Sample): Annotation[] {
  let byId = annotationsById.get(dataset);
  if (!byId) {
    byId = new Map(dataset.annotations.map((annotation) => [annotation.id, annotation]));
    annotationsById.set(dataset, byId);
  }
  const found = sample.targets.map((id) => byId.get(id)).filter((annotation) => annotation?.hasMask === true);
  const annotations = found.filter((annotation) => annotation !== undefined);
  return annotations.length === sample.targets.length ? annotations : [];
}

function showImage(dataset: Dataset, picture: DatasetImage): Shown {
  const objects = dataset.annotations.filter(({ imageId }) => imageId === picture.id);
  const colourOf = (category: string) =>
    overlayColours[Math.max(0, dataset.categories.indexOf(category)) % overlayColours.length];
  const counts = new Map<string, number>();
  for (const { category } of objects) counts.set(category, (counts.get(category) ?? 0) + 1);
  const legend = [...counts].map(([category, count]) => ({ colour: colourOf(category), text: `${category} ${count}` }));
  const boxes = objects.filter(({ hasMask }) => !hasMask).length;
  const note = `${picture.file}, ${picture.width} x ${picture.height}, ${objects.length} objects${boxes > 0 ? `, ${boxes} with a box only` : ''}`;
  return {
    words: note + legend.map(({ text }) => text).join(''),
    async draw(widthPx) {
      const image = await readPicture(dataset, picture);
      const layers = objects.map((object): OverlayLayer => {
        const colour = colourOf(object.category);
        return object.hasMask ? { mask: object.mask(), colour } : { boxXywh: object.boxXywh, colour };
      });
      return drawOverlay(image, layers, { note, legend, widthPx });
    },
  };
}

/** The picture as its annotations see it. */
async function readPicture(dataset: Dataset, picture: DatasetImage): Promise<RgbImage> {
  const path = imagePath(dataset, picture);
  const image = await decodeImage(path, { orient: picture }).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    // It begins with the path; the record goes behind it.
    const reason = error.message.startsWith(`${path}: `) ? error.message.slice(path.length + 2) : error.message;
    throw new UserError(
      `${path}: image ${picture.id}: ${reason}; 'refersat dataset validate ${dataset.root}' lists all that cannot be read`,
      { cause: error },
    );
  });
  if (image.width !== picture.width || image.height !== picture.height) {
    throw new UserError(
      `${path}: the image has ${image.width} x ${image.height} pixels, its annotations say ${picture.width} x ${picture.height}. Check the release with refersat dataset validate`,
    );
  }
  return image;
}

function describe({ sentences = [], images = [], ids = [], split }: ShowChoice): string {
  const parts = [
    ...sentences.map((text) => `--sentence '${text}'`),
    ...images.map((name) => `--image ${name}`),
    ...ids.map((id) => `--id ${id}`),
    ...(split === undefined ? [] : [`--split ${split}`]),
  ];
  return parts.length === 0 ? 'an empty dataset' : parts.join(' with ');
}

function whatThereIs(dataset: Dataset): string {
  if (dataset.samples.length === 0) return `it has ${dataset.images.length} pictures and no sentences`;
  const splits = [...new Set(dataset.samples.map(({ split }) => split))].join(', ');
  const [first] = dataset.samples;
  return `it has ${dataset.samples.length} samples in ${splits}, such as id ${first.id}: '${first.sentence}'`;
}
