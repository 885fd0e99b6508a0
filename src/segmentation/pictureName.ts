import { extname } from 'node:path';

const pictureEndings = new Set(['.jpg', '.jpeg', '.png', '.tif', '.tiff', '.webp', '.gif', '.avif']);

/** Whether a file's name says that it is a picture. */
export function isPictureName(path: string): boolean {
  return pictureEndings.has(extname(path).toLowerCase());
}
