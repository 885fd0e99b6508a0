import type { LoadedPicture } from './loaderPicture.js';

/** Keeps loaded pictures by key up to a number of bytes; the longest unused go first. */
export interface PictureCache {
  /** The picture of a key, loaded at most once at a time. A failed load is not kept. */
  get(key: string, load: () => Promise<LoadedPicture>): Promise<LoadedPicture>;
  readonly bytes: number;
  clear(): void;
}

export function createPictureCache(maxBytes: number): PictureCache {
  const kept = new Map<string, { readonly picture: Promise<LoadedPicture>; bytes: number }>();
  let bytes = 0;
  const drop = (key: string): void => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get(key, load) {
      const known = kept.get(key);
      if (known) {
        kept.delete(key);
        kept.set(key, known);
        return known.picture;
      }
      const picture = load();
      const entry = { picture, bytes: 0 };
      kept.set(key, entry);
      picture.then(
        ({ image }) => {
          if (kept.get(key) !== entry) return;
          entry.bytes = image.data.byteLength;
          bytes += entry.bytes;
          for (const oldest of [...kept.keys()]) {
            if (bytes <= maxBytes) break;
            if ((kept.get(oldest)?.bytes ?? 0) > 0) drop(oldest);
          }
        },
        () => {
          if (kept.get(key) === entry) drop(key);
        },
      );
      return picture;
    },
    get bytes() {
      return bytes;
    },
    clear() {
      kept.clear();
      bytes = 0;
    },
  };
}
