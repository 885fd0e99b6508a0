import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { asNobody } from '../files/testNobody.js';
import { decodeImage, readImageSize } from './decodeImage.js';
import { encodeJpeg, encodeMaskPng, encodePng } from './encodeImage.js';
import type { RgbImage } from './image.js';
import { damaged } from './testDamage.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-imagery-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A picture whose every pixel differs from its neighbours'. */
const picture: RgbImage = {
  width: 5,
  height: 3,
  data: Uint8Array.from({ length: 45 }, (_, at) => (at * 37 + (at % 3) * 50) % 256),
};
const fromRaw = (data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4) =>
  sharp(data, { raw: { width: picture.width, height: picture.height, channels } });
const bytes = (image: RgbImage): number[] => [...image.data];
const band = (index: number): Uint8Array => picture.data.filter((_, at) => at % 3 === index);

describe('decodeImage', () => {
  it('gives back what encodePng wrote, from a path and from bytes', async () => {
    const png = await encodePng(picture);
    await writeFile(join(folder, 'a.png'), png);
    for (const source of [png, join(folder, 'a.png')]) {
      expect(await decodeImage(source)).toEqual(picture);
      expect(await readImageSize(source)).toEqual({ width: 5, height: 3 });
    }
  });

  it('reads a JPEG that encodeJpeg wrote, nearly', async () => {
    const flat = { width: 16, height: 8, data: new Uint8Array(16 * 8 * 3).fill(90) };
    const { data, width, height } = await decodeImage(await encodeJpeg(flat, 95));
    expect([width, height]).toEqual([16, 8]);
    expect(Math.max(...data.map((value) => Math.abs(value - 90)))).toBeLessThan(3);
  });

  it('keeps the colours of neighbours apart in a JPEG of quality 90, and not below', async () => {
    // Columns of red and blue, which differ in colour and hardly in brightness.
    const stripes = Uint8Array.from({ length: 32 * 16 * 3 }, (_, at) =>
      Math.floor(at / 3) % 2 === 0 ? [200, 0, 0][at % 3] : [0, 60, 200][at % 3],
    );
    const reds = async (quality?: number): Promise<number> => {
      const { data } = await decodeImage(await encodeJpeg({ width: 32, height: 16, data: stripes }, quality));
      return data[3 * (32 * 8 + 10)] - data[3 * (32 * 8 + 11)];
    };
    expect(await reds()).toBeGreaterThan(150);
    expect(await reds(90)).toBeGreaterThan(150);
    expect(await reds(89)).toBeLessThan(100);
  });

  it.each(['png', 'tiff', 'webp'] as const)('spreads grey %s over three bands', async (format) => {
    const grey = fromRaw(band(0), 1).toColourspace('b-w');
    const file = await (format === 'webp'
      ? grey.webp({ lossless: true })
      : grey.toFormat(format, format === 'tiff' ? { compression: 'lzw' } : {})
    ).toBuffer();
    expect(bytes(await decodeImage(file))).toEqual([...band(0)].flatMap((value) => [value, value, value]));
  });

  it('drops alpha and leaves the colours below it alone', async () => {
    const rgba = Uint8Array.from({ length: 60 }, (_, at) =>
      at % 4 === 3 ? (at * 11) % 256 : picture.data[Math.floor(at / 4) * 3 + (at % 4)],
    );
    expect(await decodeImage(await fromRaw(rgba, 4).png().toBuffer())).toEqual(picture);
    expect(await decodeImage(await fromRaw(rgba, 4).tiff({ compression: 'deflate' }).toBuffer())).toEqual(picture);
    const greyAlpha = Uint8Array.from({ length: 30 }, (_, at) => (at % 2 === 1 ? at : band(1)[at / 2]));
    const file = await fromRaw(greyAlpha, 2).toColourspace('b-w').png().toBuffer();
    expect(bytes(await decodeImage(file))).toEqual([...band(1)].flatMap((value) => [value, value, value]));
  });

  it('reads a palette', async () => {
    const two = { ...picture, data: picture.data.map((_, at) => (at % 6 < 3 ? 200 : 10)) };
    const file = await fromRaw(two.data, 3).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect((await sharp(file).metadata()).isPalette, 'the test file has a palette').toBe(true);
    expect(await decodeImage(file)).toEqual(two);
  });

  it.each(['png', 'tiff'] as const)(
    'scales a full-range 16-bit %s by 257, so that 8 bits come back',
    async (format) => {
      const wide = Uint16Array.from(picture.data, (value) => value * 257);
      const file = await fromRaw(wide, 3)
        .toColourspace('rgb16')
        .toFormat(format, format === 'tiff' ? { compression: 'lzw' } : {})
        .toBuffer();
      expect((await sharp(file).metadata()).depth).toBe('ushort');
      expect(await decodeImage(file)).toEqual(picture);
    },
  );

  it('stretches 16-bit counts of a sensor between their percentiles', async () => {
    const width = 100;
    const counts = Uint16Array.from({ length: width * 10 }, (_, at) => 200 + 10 * (at % width));
    const file = await sharp(counts, { raw: { width, height: 10, channels: 1 } })
      .toColourspace('grey16')
      .tiff({ compression: 'lzw' })
      .toBuffer();
    const { data } = await decodeImage(file);
    expect([data[0], data[(width - 1) * 3]]).toEqual([0, 255]);
    expect(data[50 * 3]).toBeGreaterThan(115);
    expect(data[50 * 3]).toBeLessThan(140);
  });

  it('turns a picture as its EXIF says, unless told not to', async () => {
    const file = await fromRaw(picture.data, 3).withMetadata({ orientation: 6 }).png().toBuffer();
    const turned = await decodeImage(file);
    expect([turned.width, turned.height]).toEqual([3, 5]);
    expect(await readImageSize(file)).toEqual({ width: 3, height: 5 });
    // Orientation 6: the stored left column, read upwards, is the first row.
    const pixel = (row: number, column: number) => [
      ...picture.data.slice((row * 5 + column) * 3, (row * 5 + column) * 3 + 3),
    ];
    expect(bytes(turned).slice(0, 9)).toEqual([...pixel(2, 0), ...pixel(1, 0), ...pixel(0, 0)]);
    expect(await decodeImage(file, { orient: false })).toEqual(picture);
    expect(await readImageSize(file, { orient: false })).toEqual({ width: 5, height: 3 });
    // Annotations say which of the two they were drawn on.
    expect(await decodeImage(file, { orient: { width: 5, height: 3 } })).toEqual(picture);
    expect(await decodeImage(file, { orient: { width: 3, height: 5 } })).toEqual(turned);
    expect(await readImageSize(file, { orient: { width: 9, height: 9 } })).toEqual({ width: 5, height: 3 });
    // A size that neither has is answered by the picture as it is stored.
    expect(await decodeImage(file, { orient: { width: 3, height: 9 } })).toEqual(picture);
    expect(await decodeImage(file, { orient: { width: 9, height: 5 } })).toEqual(picture);
    // Half a turn keeps the size: its annotations are taken for those of the stored rows.
    const half = await fromRaw(picture.data, 3).withMetadata({ orientation: 3 }).png().toBuffer();
    expect(await decodeImage(half, { orient: { width: 5, height: 3 } })).toEqual(picture);
    expect(bytes(await decodeImage(half)).slice(0, 3)).toEqual(pixel(2, 4));
  });

  it('takes the grey of 16 bits, whatever its alpha', async () => {
    const values = Uint16Array.from({ length: 30 }, (_, at) =>
      at % 2 === 1 ? (at * 2111) % 65536 : 257 * band(1)[at / 2],
    );
    const file = await fromRaw(values, 2).toColourspace('grey16').png().toBuffer();
    expect(await sharp(file).metadata()).toMatchObject({ depth: 'ushort', channels: 2 });
    expect(bytes(await decodeImage(file))).toEqual([...band(1)].flatMap((value) => [value, value, value]));
  });

  it('refuses values that are no whole numbers, and says what to do', async () => {
    // A TIFF of one row of four floats: the header, the directory, the values.
    const entries = [
      [256, 4, 4],
      [257, 4, 1],
      [258, 3, 32],
      [259, 3, 1],
      [262, 3, 1],
      [273, 4, 8 + 2 + 11 * 12 + 4],
      [277, 3, 1],
      [278, 4, 1],
      [279, 4, 16],
      [284, 3, 1],
      [339, 3, 3],
    ];
    const file = Buffer.alloc(8 + 2 + entries.length * 12 + 4 + 16);
    file.write('II*', 'latin1');
    file.writeUInt32LE(8, 4);
    file.writeUInt16LE(entries.length, 8);
    for (const [place, [tag, type, value]] of entries.entries()) {
      const at = 10 + 12 * place;
      file.writeUInt16LE(tag, at);
      file.writeUInt16LE(type, at + 2);
      file.writeUInt32LE(1, at + 4);
      if (type === 3) file.writeUInt16LE(value, at + 8);
      else file.writeUInt32LE(value, at + 8);
    }
    for (const [place, value] of [0.1, 0.5, 0.7, 1].entries()) file.writeFloatLE(value, file.length - 16 + 4 * place);
    expect(await sharp(file).metadata()).toMatchObject({ width: 4, height: 1, depth: 'float' });
    await expect(decodeImage(file, { name: 'heights.tif' })).rejects.toThrow(
      /^heights\.tif: its values are of type float; expected 8 or 16 bits a band\. Convert it first/,
    );
  });

  it('reads CMYK', async () => {
    const red = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, at) => (at % 3 === 0 ? 220 : 20)) };
    const file = await sharp(red.data, { raw: { width: 16, height: 16, channels: 3 } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(file).metadata()).space).toBe('cmyk');
    const { data } = await decodeImage(file);
    expect(data.length).toBe(768);
    expect(data[0]).toBeGreaterThan(150);
    expect(data[1]).toBeLessThan(90);
  });

  it('names the file and the reason of what it cannot read', async () => {
    const jpeg = await encodeJpeg({
      width: 64,
      height: 64,
      data: new Uint8Array(64 * 64 * 3).map((_, at) => (at * at) % 251),
    });
    await writeFile(join(folder, 'half.jpg'), jpeg.subarray(0, jpeg.length / 2));
    await writeFile(join(folder, 'text.png'), 'not a picture');
    await writeFile(join(folder, 'empty.jpg'), '');
    await mkdir(join(folder, 'folder.jpg'));
    await symlink('loop.jpg', join(folder, 'loop.jpg'));
    const png = await encodePng(picture);
    await writeFile(join(folder, 'half.png'), png.subarray(0, png.length - 30));
    const message = async (name: string) => {
      const error = await decodeImage(join(folder, name)).then(
        () => new Error('nothing thrown'),
        (problem: Error) => problem,
      );
      expect(error, `${name}: ${error.message}`).toBeInstanceOf(UserError);
      expect(error.message).toContain(join(folder, name));
      return error.message;
    };
    expect(await message('missing.jpg')).toContain('no such file');
    await chmod(folder, 0o755);
    expect(await asNobody(join(folder, 'half.png'), () => message('half.png'))).toContain('no permission to read it');
    expect(await message('half.jpg')).toContain('cut off or damaged');
    expect(await message('half.png')).toContain('cut off or damaged');
    expect(await message('text.png')).toContain('not an image');
    for (const format of ['tiff', 'png', 'webp', 'gif'] as const) {
      // A TIFF of libvips has its directory at the end, without which nothing tells of its pixels.
      const file = await fromRaw(picture.data, 3).toFormat(format).toBuffer();
      await writeFile(join(folder, `cut.${format}`), file.subarray(0, 20));
      expect(await message(`cut.${format}`), format).toContain('cut off or damaged');
    }
    expect(await message('empty.jpg')).toContain('empty');
    expect(await message('folder.jpg')).toContain('is a folder');
    expect(await message('loop.jpg')).toContain('symbolic link');
    await writeFile(join(folder, 'drawing.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    expect(await message('drawing.svg')).toContain('is a drawing (svg)');
    await expect(decodeImage(new Uint8Array(0), { name: 'upload 3' })).rejects.toThrow('upload 3: no bytes');
  });

  it('tells of a JPEG that is damaged in the middle, and of no sound one', async () => {
    const image = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).map((_, at) => (at * at) % 251) };
    const jpeg = await encodeJpeg(image);
    await writeFile(join(folder, 'damaged.jpg'), damaged(jpeg));
    const told: string[] = [];
    const onDamage = (message: string) => told.push(message);
    const { data } = await decodeImage(join(folder, 'damaged.jpg'), { onDamage });
    const whole = (await decodeImage(jpeg, { onDamage })).data;
    expect(data.subarray(0, 3 * 64 * 8)).toEqual(whole.subarray(0, 3 * 64 * 8));
    expect(data).not.toEqual(whole);
    expect(told).toEqual([
      `${join(folder, 'damaged.jpg')}: the image is damaged (premature end of data segment); what can be read of it is used`,
    ]);
    expect((await decodeImage(damaged(jpeg))).data).toEqual(data);
    // Padding between two parts of the file, before the first table: libjpeg warns of it, and no pixel is wrong.
    const table = Buffer.from(jpeg).indexOf(Buffer.from([0xff, 0xdb]));
    const padded = Buffer.concat([jpeg.subarray(0, table), Buffer.alloc(40), jpeg.subarray(table)]);
    await expect(sharp(padded, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow('40 extraneous bytes before');
    expect((await decodeImage(padded, { onDamage })).data).toEqual(whole);
    expect(told).toHaveLength(1);
    const refusing = decodeImage(damaged(jpeg), {
      onDamage: (message) => {
        throw new UserError(message);
      },
    });
    await expect(refusing).rejects.toThrow('image: the image is damaged');
  });

  it('refuses a picture above the limit before decoding it, and says its size', async () => {
    const png = await encodePng(picture);
    await expect(decodeImage(png, { maxPixels: 14 })).rejects.toThrow('5 x 3 pixels are more than the limit of 14');
    expect(await decodeImage(png, { maxPixels: 15 })).toEqual(picture);
  });
});

describe('encodeMaskPng', () => {
  it('writes one grey band of 0 and 255', async () => {
    const file = await encodeMaskPng(Uint8Array.from([0, 1, 1, 0, 0, 1]), 2, 3);
    expect((await sharp(file).metadata()).channels).toBe(1);
    expect([...(await decodeImage(file)).data.filter((_, at) => at % 3 === 0)]).toEqual([0, 255, 255, 0, 0, 255]);
    await expect(encodeMaskPng(new Uint8Array(5), 2, 3)).rejects.toThrow('expected 2 x 3');
  });
});
