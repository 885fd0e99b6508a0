import type { ClassifiedThing } from './classMap.js';
import { createPictureCache } from './loaderCache.js';
import type { LoaderSettings } from './loaderOptions.js';
import type { SamplePool } from './loaderPool.js';
import type { PictureParts, ReadySample, SampleRequest } from './loaderSample.js';

/** A sample to make, but for what is kept of its picture. */
export type UnreadSample = Omit<SampleRequest, 'parts' | 'things'>;

/** Makes samples from pictures of which the parts are kept: each is read once, as long as the memory holds it. */
export interface KeptPictures {
  /** `things` gives the things of the picture, and is called only where its class map has to be painted. */
  make(request: UnreadSample, things: () => ClassifiedThing[]): Promise<ReadySample>;
  /** Ends the pool and frees the memory. */
  close(): Promise<void>;
}

/** Keeps the pictures of a loader, up to `cacheMegabytes`. */
export function keepPictures(
  pool: SamplePool,
  settings: Pick<LoaderSettings, 'cacheMegabytes' | 'augment' | 'classMaps'>,
): KeptPictures {
  const { augment } = settings;
  const classMapPx = settings.classMaps.sizePx;
  const cache = createPictureCache(settings.cacheMegabytes * 1e6);
  /** Pictures of which a part is being read: whoever needs the same one waits, so that it is read once. */
  const reading = new Map<string, Promise<unknown>>();
  const hasAll = (parts: PictureParts): boolean =>
    parts.input !== undefined &&
    (parts.detail !== undefined || !augment?.crop?.share) &&
    (parts.classMap !== undefined || classMapPx === 0);

  return {
    async make(request, things) {
      const { path } = request;
      for (let other = reading.get(path); other && !hasAll(cache.get(path)); other = reading.get(path)) {
        await other.catch(() => undefined);
      }
      const parts = cache.get(path);
      const isMapMissing = classMapPx > 0 && !parts.classMap;
      const made = pool.make({ ...request, parts, things: isMapMissing ? things() : undefined });
      if (hasAll(parts)) return made;
      reading.set(path, made);
      try {
        const sample = await made;
        cache.add(path, sample.made);
        return sample;
      } finally {
        if (reading.get(path) === made) reading.delete(path);
      }
    },
    async close() {
      await pool.close();
      cache.clear();
    },
  };
}
