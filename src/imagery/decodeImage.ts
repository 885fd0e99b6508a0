import { open, stat } from 'node:fs/promises';
import sharp, { type Metadata, type SharpOptions } from 'sharp';
import { UserError } from '../errors/index.js';
import type { RgbImage } from './image.js';
import { readJpeg } from './jpegDamage.js';
import { pictureFormat } from './pictureFormat.js';
import { stretchSixteenBit } from './sixteenBit.js';

/**
 * Pixels that a picture may have when nothing else is said: 20,000 x 20,000, 1.2 GB as RGB. Aerial pictures pass sharp's
 * own limit of 268 million; one that passes this limit is better cut into tiles.
 */
export const defaultMaxPixels = 400_000_000;

const readable = 'JPEG, PNG, TIFF, WebP, GIF or AVIF';

export interface DecodeOptions {
  /**
   * Turn the picture as its EXIF orientation says (default true: what a person sees). False leaves the stored rows as
   * they are, as readers of COCO sets do. A size, the one that annotations state, turns the picture only where its stored
   * rows do not have that size and the turned ones do: some tools annotate what a person sees.
   */
  readonly orient?: boolean | { readonly width: number; readonly height: number };
  /** Refuse pictures of more pixels, before any is decoded (default `defaultMaxPixels`). */
  readonly maxPixels?: number;
  /** How messages call the picture (default: its path, or "image" for bytes). */
  readonly name?: string;
  /**
   * Told of a JPEG that is damaged in the middle, which decoders pass over: from there on its pixels are wrong or grey.
   * What can be read is given all the same; whoever does not want that throws here.
   */
  readonly onDamage?: (message: string) => void;
}

/**
 * Decodes a picture (JPEG, PNG, TIFF, WebP, GIF, AVIF; a path or the file's bytes) to 8-bit RGB.
 * - Grey becomes three equal bands, a palette its colours, CMYK is converted to sRGB, the first page of several is taken.
 * - Alpha is dropped, not composited, and RGB profiles are ignored: both as Pillow's `convert('RGB')` does, on which
 *   published models were trained. Of more than three bands (RGB and near infrared) the first three are taken.
 * - 16-bit pictures are scaled to 8 bits (see stretchSixteenBit).
 * - A JPEG with damage in the middle is given as far as it can be read; `onDamage` hears of it.
 * Throws a UserError that names the file when it is missing, no picture, truncated, of floats, or above the pixel limit.
 */
export async function decodeImage(source: string | Uint8Array, options: DecodeOptions = {}): Promise<RgbImage> {
  const name = nameOf(source, options);
  try {
    const metadata = await readHeader(source, name, options);
    if (metadata.format !== 'jpeg') return await decode(source, metadata, name, options, 'error');
    const { result, damage } = await readJpeg((failOn) => decode(source, metadata, name, options, failOn));
    if (damage !== null) {
      options.onDamage?.(`${name}: the image is damaged (${damage}); what can be read of it is used`);
    }
    return result;
  } catch (error) {
    throw await explain(error, source, name, options);
  }
}

/** @param failOn what of the decoder's complaints is an error */
async function decode(
  source: string | Uint8Array,
  metadata: Metadata,
  name: string,
  options: DecodeOptions,
  failOn: 'error' | 'warning',
): Promise<RgbImage> {
  const isCmyk = metadata.space === 'cmyk';
  const reader = sharp(source, {
    ...readerOptions(options),
    failOn,
    autoOrient: isTurned(metadata, options),
    // A CMYK profile is the only one that is needed: without it the colours are a guess.
    ignoreIcc: !isCmyk,
  });
  if (metadata.depth === 'ushort') {
    reader.toColourspace((metadata.channels ?? 3) < 3 ? 'grey16' : 'rgb16');
    const { data, info } = await reader.raw({ depth: 'ushort' }).toBuffer({ resolveWithObject: true });
    const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    return firstThreeBands(stretchSixteenBit(values, info.channels), info.width, info.height, info.channels);
  }
  if (metadata.depth !== 'uchar' && metadata.depth !== undefined) {
    throw new UserError(
      `${name}: its values are of type ${metadata.depth}; expected 8 or 16 bits a band. Convert it first, for example: gdal_translate -ot Byte -scale`,
    );
  }
  if (isCmyk) reader.toColourspace('srgb');
  const { data, info } = await reader.raw().toBuffer({ resolveWithObject: true });
  return firstThreeBands(data, info.width, info.height, info.channels);
}

/** Size of a picture as decodeImage gives it, from its header alone. Throws as decodeImage does. */
export async function readImageSize(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<{ width: number; height: number }> {
  const name = nameOf(source, options);
  try {
    const metadata = await readHeader(source, name, options);
    const { width, height } = isTurned(metadata, options) ? metadata.autoOrient : metadata;
    return { width, height };
  } catch (error) {
    throw await explain(error, source, name, options);
  }
}

const nameOf = (source: string | Uint8Array, { name }: DecodeOptions): string =>
  name ?? (typeof source === 'string' ? source : 'image');

function isTurned({ width, height, autoOrient }: Metadata, { orient = true }: DecodeOptions): boolean {
  if (typeof orient === 'boolean') return orient;
  const isStored = width === orient.width && height === orient.height;
  return !isStored && autoOrient.width === orient.width && autoOrient.height === orient.height;
}

const maxPixelsOf = (options: DecodeOptions): number => options.maxPixels ?? defaultMaxPixels;

function readerOptions(options: DecodeOptions): SharpOptions {
  return { failOn: 'error', limitInputPixels: maxPixelsOf(options), limitInputChannels: 64, sequentialRead: true };
}

/** Reads the header without the pixel limit, so that the message can say the size. */
async function readHeader(source: string | Uint8Array, name: string, options: DecodeOptions): Promise<Metadata> {
  const metadata = await sharp(source, { ...readerOptions(options), limitInputPixels: false }).metadata();
  // Drawings and documents have no pixels of their own, and may name files to load.
  if (metadata.format === 'svg' || metadata.format === 'pdf') {
    throw new UserError(`${name}: is a drawing (${metadata.format}), not an image of pixels; expected ${readable}`);
  }
  const maxPixels = maxPixelsOf(options);
  if (metadata.width * metadata.height > maxPixels) {
    throw new UserError(
      `${name}: ${metadata.width} x ${metadata.height} pixels are more than the limit of ${maxPixels}. Cut it into tiles; a program may give decodeImage a larger maxPixels where the memory holds ${Math.ceil((metadata.width * metadata.height * 3) / 1e9)} GB for its pixels alone`,
    );
  }
  return metadata;
}

function firstThreeBands(data: Uint8Array, width: number, height: number, bands: number): RgbImage {
  if (bands === 3) {
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  }
  const rgb = new Uint8Array(width * height * 3);
  const [second, third] = bands < 3 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; to < rgb.length; from += bands, to += 3) {
    rgb[to] = data[from];
    rgb[to + 1] = data[from + second];
    rgb[to + 2] = data[from + third];
  }
  return { width, height, data: rgb };
}

/** Turns what sharp or the file system threw into a message about this file. */
async function explain(
  error: unknown,
  source: string | Uint8Array,
  name: string,
  options: DecodeOptions,
): Promise<unknown> {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  if (typeof source === 'string') {
    const status = await stat(source).catch((problem: NodeJS.ErrnoException) => problem);
    if (status instanceof Error) {
      if (status.code === 'ENOENT' || status.code === 'ENOTDIR') {
        return new UserError(`${name}: no such file; expected an image`);
      }
      if (status.code === 'EACCES') return new UserError(`${name}: no permission to read it`);
      if (status.code === 'ELOOP') return new UserError(`${name}: a symbolic link that points to itself`);
      return new UserError(`${name}: cannot be read (${status.message})`);
    }
    if (status.isDirectory()) return new UserError(`${name}: is a folder; expected an image file`);
    if (status.size === 0) return new UserError(`${name}: the file is empty; expected an image. Copy it anew`);
  } else if (source.byteLength === 0) return new UserError(`${name}: no bytes; expected an image`);
  const [reason] = error.message.split('\n').slice(-1);
  if (
    /premature end|truncated|corrupt header|end of file|not enough data|no image|read error|incomplete|unexpected eof/i.test(
      error.message,
    )
  ) {
    return new UserError(`${name}: the image is cut off or damaged (${reason}). Copy or download it anew`);
  }
  if (/exceeds pixel limit/i.test(error.message)) {
    return new UserError(`${name}: has more than ${maxPixelsOf(options)} pixels. Cut it into tiles`);
  }
  if (/unsupported image format/i.test(error.message)) {
    // To libvips a file that it may not open has no format that it knows.
    const start = await firstBytes(source).catch((problem: NodeJS.ErrnoException) => problem);
    if (start instanceof Error) {
      if (start.code === 'EACCES') return new UserError(`${name}: no permission to read it`);
      return new UserError(`${name}: cannot be read (${start.message})`);
    }
    const format = pictureFormat(start);
    if (format === null) return new UserError(`${name}: is not an image that can be read; expected ${readable}`);
    return new UserError(`${name}: begins as a ${format}, but is cut off or damaged. Copy or download it anew`);
  }
  if (/permission denied|unable to open/i.test(error.message)) {
    return new UserError(`${name}: no permission to read it, or it cannot be opened (${reason})`);
  }
  return new UserError(`${name}: the image cannot be decoded (${reason}). Copy or download it anew`);
}

async function firstBytes(source: string | Uint8Array): Promise<Uint8Array> {
  if (typeof source !== 'string') return source.subarray(0, 16);
  const handle = await open(source);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
