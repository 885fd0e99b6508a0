import type { PictureParts } from './loaderSample.js';

const partNames = ['input', 'detail', 'classMap'] as const;

/** Keeps parts of pictures by path up to a number of bytes; the longest unused go first. */
export interface PictureCache {
  /** What is kept of a picture; marks it as used. */
  get(path: string): PictureParts;
  /** Keeps more of a picture. */
  add(path: string, parts: PictureParts): void;
  readonly bytes: number;
  clear(): void;
}

const sizeOf = (parts: PictureParts): number =>
  partNames.reduce((sum, name) => sum + (parts[name]?.data.byteLength ?? 0), 0);

export function createPictureCache(maxBytes: number): PictureCache {
  const kept = new Map<string, PictureParts>();
  let bytes = 0;
  return {
    get(path) {
      const known = kept.get(path);
      if (!known) return {};
      kept.delete(path);
      kept.set(path, known);
      return known;
    },
    add(path, parts) {
      const before = kept.get(path) ?? {};
      const after = { ...before, ...parts };
      bytes += sizeOf(after) - sizeOf(before);
      kept.delete(path);
      kept.set(path, after);
      for (const [oldest, its] of kept) {
        if (bytes <= maxBytes) break;
        kept.delete(oldest);
        bytes -= sizeOf(its);
      }
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
