import { UserError } from '../errors/index.js';
import type { Rle } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { countShown, type LoaderEntry } from './loaderEntries.js';
import type { KeptPictures } from './loaderKeptPictures.js';
import type { LoaderSettings } from './loaderOptions.js';
import type { ReadySample } from './loaderSample.js';
import { classifiedThings } from './pictureThings.js';
import { imagePath, type Sample } from './sample.js';

/** A sample at its place in an epoch, ready for the model. */
export interface PlacedSample {
  readonly sample: Sample;
  readonly prepared: ReadySample;
}

/** The samples that the places of an epoch show. */
export interface EpochSamples {
  /**
   * The sample at a place, where `positions` are the epoch's entries in order. One with a broken picture gives its
   * place to the next of the epoch that can be read, or to none, as `onBroken` and `dropLast` say.
   * Throws a UserError for a broken picture that is not skipped, and where no picture of the epoch can be read.
   */
  at(positions: Int32Array, epoch: number, place: number): Promise<PlacedSample | undefined>;
  /** Pictures that could not be used, with the reason. */
  readonly broken: ReadonlyMap<string, string>;
  /** The error of an epoch in which every picture is broken. */
  noneReadable(): UserError;
}

/** Side of the pictures that crops are cut from, relative to the input's: detail for crops down to a quarter of the area. */
const detailFactor = 2;

/** Draws, reads and augments the samples of a loader's epochs. */
export function createEpochSamples(
  entries: readonly LoaderEntry[],
  pictures: KeptPictures,
  settings: LoaderSettings,
): EpochSamples {
  const { sizePx, seed, onBroken, normalise, classMaps } = settings;
  const augment = settings.augment ?? null;
  const broken = new Map<string, string>();
  const damaged = new Set<string>();
  const thingsOf = classifiedThings(classMaps.classes);
  const maskOf = keptMasks();

  /** The sample at a place of an epoch; throws a UserError when its picture is broken. */
  const prepare = async (position: number, epoch: number, place: number): Promise<PlacedSample> => {
    const { dataset, samples } = entries[position];
    const sample = samples.length === 1 ? samples[0] : createRandom(seed, 'sentence', epoch, position).pick(samples);
    const path = imagePath(dataset, sample.image);
    const known = broken.get(path);
    if (known !== undefined) throw new UserError(known);
    try {
      const request = {
        path,
        sentence: sample.sentence,
        kind: sample.kind,
        rle: maskOf(sample),
        sizePx,
        detailPx: sizePx * detailFactor,
        augment,
        seeds: { augment: [seed, 'augment', epoch, place], fixed: [seed, 'fixed', sample.id] },
        normalise,
        classMapPx: classMaps.sizePx,
      };
      const prepared = await pictures.make(request, () => thingsOf(dataset, sample.image));
      if (prepared.damage !== null && !damaged.has(path)) {
        damaged.add(path);
        settings.onDamaged?.(prepared.damage, path);
      }
      return { sample, prepared };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const message = error.message.includes(path) ? error.message : `${path}: ${error.message}`;
      if (onBroken === 'skip') broken.set(path, message);
      throw new UserError(`${message} (sample ${sample.id} of ${dataset.root})`);
    }
  };

  const noneReadable = (): UserError => {
    const [first] = broken.values();
    const count = countShown(entries);
    return new UserError(`none of the ${count} samples has a picture that can be read; the first: ${first}`);
  };

  return {
    broken,
    noneReadable,
    async at(positions, epoch, place) {
      const tries = onBroken === 'stop' || !settings.dropLast ? 1 : positions.length;
      for (let step = 0; step < tries; step++) {
        const at = (place + step) % positions.length;
        try {
          return await prepare(positions[at], epoch, place);
        } catch (error) {
          if (onBroken === 'stop' || !(error instanceof UserError)) throw error;
        }
      }
      if (tries > 1) throw noneReadable();
      return undefined;
    },
  };
}

/** Gives the masks of samples, each decoded once. */
function keptMasks(): (sample: Sample) => Rle {
  const masks = new WeakMap<Sample, Rle>();
  return (sample) => {
    const known = masks.get(sample);
    if (known) return known;
    const rle = sample.mask();
    masks.set(sample, rle);
    return rle;
  };
}
