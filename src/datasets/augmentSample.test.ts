import { describe, expect, it } from 'vitest';
import { type RgbImage, resizeBilinearPillow } from '../imagery/index.js';
import { decodeRle, emptyRle, rleFromBox, rleResize } from '../masks/index.js';
import { createRandom } from '../random/index.js';
import { type AugmentOptions, augmentSample, defaultAugment } from './augmentSample.js';
import type { Kind } from './sample.js';
import { boxOf, scene, sceneSize } from './testLoader.js';

const [width, height] = [60, 40];

/** A picture whose red says the column and whose green the row: 4 steps a pixel. */
const ruler: RgbImage = {
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return [4 * (pixel % width), 4 * Math.floor(pixel / width), 90][at % 3];
  }),
};

type Box = [x: number, y: number, width: number, height: number];

/** The nth draw on the ruler; without a box a sentence about nothing. */
const draw = (
  place: number,
  options: AugmentOptions,
  { box, sentence = 'the box' }: { box?: Box; sentence?: string },
) =>
  augmentSample(
    {
      sentence,
      kind: box ? 'single' : 'none',
      rle: box ? rleFromBox(box, height, width) : emptyRle(height, width),
      sizePx: 64,
      image: async () => resizeBilinearPillow(ruler, 64, 64),
      detail: async () => ruler,
      fixedRandom: createRandom('fixed'),
    },
    options,
    createRandom('draw', place),
  );

const draws = async (count: number, options: AugmentOptions, asked: { box?: Box; sentence?: string } = {}) =>
  Promise.all(Array.from({ length: count }, (_, place) => draw(place, options, asked)));

/** The part of the ruler that a picture shows, by its outermost pixels; enlarging keeps these as they are. */
function shown({ image }: { image: RgbImage }): { left: number; top: number; right: number; bottom: number } {
  const last = image.data.length - 3;
  const [left, top] = [image.data[0] / 4, image.data[1] / 4].map(Math.round);
  const [right, bottom] = [image.data[last] / 4 + 1, image.data[last + 1] / 4 + 1].map(Math.round);
  return { left, top, right, bottom };
}

describe('a crop', () => {
  it.each([
    ['the upper left corner', [0, 0, 12, 9]],
    ['the lower right corner', [48, 31, 12, 9]],
    ['the right side', [50, 12, 9, 9]],
    ['the lower side', [20, 30, 9, 9]],
    ['the middle', [24, 15, 12, 10]],
  ] as [string, Box][])('holds the whole target in %s', async (_, box) => {
    for (const sample of await draws(40, { crop: { share: 1, smallestArea: 0.1 } }, { box })) {
      const { left, top, right, bottom } = shown(sample);
      expect([left <= box[0], top <= box[1]]).toEqual([true, true]);
      expect([right >= box[0] + box[2], bottom >= box[1] + box[3]]).toEqual([true, true]);
      // The target's share of the part is that of its mask.
      const share = (box[2] * box[3]) / ((right - left) * (bottom - top));
      const set = sample.mask.data.reduce((sum, value) => sum + value, 0);
      expect(Math.abs(set / 64 ** 2 - share)).toBeLessThan(0.12);
    }
  });

  it('may leave out each border, also by a single pixel', async () => {
    const parts = (await draws(200, { crop: { share: 1, smallestArea: 0.94, largestAspect: 1 } })).map(shown);
    const narrow = parts.filter(({ left, right }) => right - left === width - 1);
    const low = parts.filter(({ top, bottom }) => bottom - top === height - 1);
    expect(new Set(narrow.map(({ left }) => left))).toEqual(new Set([0, 1]));
    expect(new Set(low.map(({ top }) => top))).toEqual(new Set([0, 1]));
  });

  it('has at least the area and at most the aspect that are asked for', async () => {
    const measure = async (crop: Partial<NonNullable<AugmentOptions['crop']>>) => {
      const parts = (await draws(300, { crop: { share: 1, ...crop } })).map(shown);
      const areas = parts.map(({ left, top, right, bottom }) => ((right - left) * (bottom - top)) / (width * height));
      const aspects = parts.map(({ left, top, right, bottom }) => ((right - left) / (bottom - top)) * (height / width));
      return { smallest: Math.min(...areas), widest: Math.max(...aspects), narrowest: Math.min(...aspects) };
    };
    const usual = await measure({});
    expect(usual.smallest).toBeGreaterThan(0.37);
    expect(usual.smallest).toBeLessThan(0.45);
    expect(usual.widest).toBeGreaterThan(1.2);
    expect(usual.widest).toBeLessThan(1.38);
    expect(usual.narrowest).toBeLessThan(1 / 1.2);
    const free = await measure({ smallestArea: 0.1, largestAspect: 2.5 });
    expect(free.smallest).toBeLessThan(0.15);
    expect(free.widest).toBeGreaterThan(1.8);
    const square = await measure({ smallestArea: 0.1, largestAspect: 1 });
    expect(square.widest).toBeLessThan(1.1);
    expect(square.narrowest).toBeGreaterThan(0.9);
  });

  it('happens as often as asked, and not to sentences that a part could falsify', async () => {
    const isCut = (sample: { image: RgbImage }): boolean => {
      const { left, top, right, bottom } = shown(sample);
      return (right - left) * (bottom - top) < 0.95 * width * height;
    };
    const options = { crop: { share: 0.5, smallestArea: 0.2 } };
    const cut = (await draws(200, options)).filter(isCut).length;
    expect(cut).toBeGreaterThan(60);
    expect(cut).toBeLessThan(130);
    expect((await draws(100, options, { sentence: 'the box near the road' })).filter(isCut)).toEqual([]);
  });

  it('of a picture with fewer pixels than its annotations has one at least', async () => {
    const [fine, coarse] = [4000, 1];
    const detail = { width: coarse, height: coarse, data: new Uint8Array(3 * coarse * coarse).fill(7) };
    const source = {
      sentence: 'the box',
      kind: 'single' as const,
      rle: rleFromBox([1000, 3990, 2, 2], fine, fine),
      sizePx: 8,
      image: async () => detail,
      detail: async () => detail,
      fixedRandom: createRandom('fixed'),
    };
    for (let place = 0; place < 100; place++) {
      const crop = { share: 1, smallestArea: 1e-6 };
      const { image, mask } = await augmentSample(source, { crop }, createRandom('fine', place));
      expect([image.width, image.height, mask.width]).toEqual([8, 8, 8]);
    }
  });
});

describe('turns', () => {
  it('go every way, and the words with them', async () => {
    const words = async (options: AugmentOptions) =>
      new Set(
        (await draws(40, options, { sentence: 'the leftmost box' })).map(({ sentence }) => sentence.split(' ')[1]),
      );
    expect(await words({ rotate: 1 })).toEqual(new Set(['topmost', 'rightmost', 'bottommost']));
    expect(await words({ flipHorizontal: 1 })).toEqual(new Set(['rightmost']));
    expect(await words({ flipHorizontal: 0.5 })).toEqual(new Set(['leftmost', 'rightmost']));
    const upside = await draws(10, { flipVertical: 1 }, { sentence: 'the topmost box' });
    expect(new Set(upside.map(({ sentence }) => sentence))).toEqual(new Set(['the bottommost box']));
    for (const sample of upside) expect(shown(sample).top).toBeGreaterThan(30);
  });
});

describe('colours', () => {
  const plain = resizeBilinearPillow(ruler, 64, 64).data;
  const isSame = ({ image }: { image: RgbImage }): boolean => Buffer.compare(image.data, plain) === 0;

  it.each([
    ['brightness', { brightness: 0.3 }, 'the dark box'],
    ['saturation', { saturation: 0.5 }, 'the red box'],
    ['hue', { hueDegrees: 60 }, 'the red box'],
    ['grey', { greyscale: 1 }, 'the red box'],
  ] as [string, AugmentOptions, string][])(
    'change by %s, but not where the words name it',
    async (_, options, named) => {
      expect((await draws(10, options)).filter(isSame)).toEqual([]);
      expect((await draws(10, options, { sentence: named })).filter((sample) => !isSame(sample))).toEqual([]);
    },
  );

  it('change anew in each draw', async () => {
    for (const options of [{ brightness: 0.3 }, { contrast: 0.3 }, { saturation: 0.5 }, { hueDegrees: 60 }]) {
      const pictures = (await draws(10, options)).map(({ image }) => image.data.join());
      expect(new Set(pictures).size, JSON.stringify(options)).toBe(10);
    }
  });

  it('change by contrast about the mean, up and down', async () => {
    const spread = (data: Uint8Array): number => Math.max(...data.filter((_, at) => at % 3 === 0));
    const spreads = (await draws(40, { contrast: 0.5 })).map(({ image }) => spread(image.data));
    expect(Math.min(...spreads)).toBeLessThan(spread(plain) - 20);
    expect(Math.max(...spreads)).toBeGreaterThan(spread(plain));
  });

  it('become grey as often as asked', async () => {
    const isGrey = ({ image: { data } }: { image: RgbImage }): boolean => data[0] === data[1] && data[1] === data[2];
    expect((await draws(60, { greyscale: 0.5 })).filter(isGrey).length).toBeGreaterThan(15);
    expect((await draws(60, { greyscale: 0.5 })).filter(isGrey).length).toBeLessThan(45);
  });
});

describe('damage', () => {
  const plain = resizeBilinearPillow(ruler, 64, 64).data;
  const distance = ({ image }: { image: RgbImage }): number =>
    Math.sqrt(image.data.reduce((sum, value, at) => sum + (value - plain[at]) ** 2, 0) / plain.length);
  const distances = async (options: AugmentOptions) => (await draws(24, options)).map(distance);

  it('by blur, noise and JPEG is as strong as asked, and not there when it is not', async () => {
    expect(Math.max(...(await distances({})))).toBe(0);
    expect(
      Math.max(...(await distances({ blur: 0, noise: { share: 0, sigma: 9 }, jpeg: { share: 0, lowest: 5 } }))),
    ).toBe(0);
    expect(Math.min(...(await distances({ blur: 1 })))).toBeGreaterThan(0);
    // Up to sigma: half of the draws lie below half of it, and none above.
    const noises = await distances({ noise: { share: 1, sigma: 12 } });
    expect(Math.max(...noises)).toBeGreaterThan(6);
    expect(Math.max(...noises)).toBeLessThan(12.5);
    expect(Math.min(...noises)).toBeLessThan(4);
    const strong = await distances({ jpeg: { share: 1, lowest: 5 } });
    const weak = await distances({ jpeg: { share: 1, lowest: 95 } });
    expect(Math.min(...weak)).toBeGreaterThan(0);
    expect(Math.max(...strong)).toBeGreaterThan(2 * Math.max(...weak));
  });
});

describe('black squares', () => {
  const black = ({ image: { data } }: { image: RgbImage }): string =>
    Array.from({ length: data.length / 3 }, (_, pixel) => Number(data[3 * pixel + 2] === 0)).join('');
  const count = (places: string): number => places.split('1').length - 1;

  it('are as many as asked, elsewhere each time', async () => {
    const cutout = { share: 1, fewest: 1, most: 3, sidePx: 4 };
    const all = (await draws(60, { cutout })).map(black);
    expect(new Set(all).size).toBeGreaterThan(50);
    const counts = all.map(count);
    // Two may overlap, so that every number of pixels between is possible; 3 apart from each other are 48.
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([16, 48]);
    const half = (await draws(100, { cutout: { ...cutout, share: 0.5 } })).filter((sample) => count(black(sample)) > 0);
    expect(half.length).toBeGreaterThan(30);
    expect(half.length).toBeLessThan(70);
  });

  it('leave the mask and the words alone', async () => {
    const box: Box = [20, 10, 9, 9];
    const [{ mask, sentence }] = await draws(1, { cutout: { share: 1, fewest: 4, most: 4, sidePx: 20 } }, { box });
    expect(sentence).toBe('the box');
    expect(mask.data.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(
      decodeRle(rleFromBox(box, height, width)).reduce((sum, value) => sum + value, 0),
    );
  });
});

describe('augmentSample', () => {
  const { width, height } = sceneSize;
  const always: AugmentOptions = {
    flipHorizontal: 0.5,
    flipVertical: 0.5,
    rotate: 0.5,
    crop: { share: 0.7, smallestArea: 0.3 },
  };
  const drawScene = (sentence: string, kind: Kind, place: number, options = always) => {
    const picture = scene(boxOf(3));
    const rle = kind === 'none' ? emptyRle(height, width) : rleFromBox(boxOf(3), height, width);
    return augmentSample(
      {
        sentence,
        kind,
        rle,
        sizePx: 48,
        image: async () => resizeBilinearPillow(picture, 48, 48),
        detail: async () => picture,
        fixedRandom: createRandom('fixed'),
      },
      options,
      createRandom('augment', place),
    );
  };

  it('keeps the mask on the target through every turn and crop, and the whole target in the picture', async () => {
    for (let place = 0; place < 60; place++) {
      const { image, mask } = await drawScene('the red box', 'single', place);
      let wrong = 0;
      let inside = 0;
      for (let pixel = 0; pixel < 48 * 48; pixel++) {
        const isRed = image.data[pixel * 3] > 170 && image.data[pixel * 3 + 1] < 45;
        if (isRed !== (mask.data[pixel] === 1)) wrong++;
        inside += mask.data[pixel];
      }
      expect(inside, `draw ${place}`).toBeGreaterThanOrEqual(48 * 48 * (64 / (width * height)) * 0.8);
      // Up to one pixel around the edge differs between nearest and antialiased bilinear.
      expect(wrong, `draw ${place}`).toBeLessThan(4.5 * Math.sqrt(inside));
    }
  });

  it('leaves what the words forbid', async () => {
    for (let place = 0; place < 30; place++) {
      const { image, mask } = await drawScene('the second red box', 'single', place, {
        ...always,
        saturation: 0.5,
        greyscale: 1,
        hueDegrees: 90,
      });
      expect(Buffer.compare(image.data, resizeBilinearPillow(scene(boxOf(3)), 48, 48).data)).toBe(0);
      const wanted = decodeRle(rleResize(rleFromBox(boxOf(3), height, width), 48, 48));
      expect(Buffer.compare(mask.data, wanted)).toBe(0);
    }
  });

  it('rewrites the words with the picture', async () => {
    const found = new Set<string>();
    for (let place = 0; place < 60; place++) found.add((await drawScene('the leftmost box', 'single', place)).sentence);
    expect([...found].sort()).toEqual(
      ['bottommost', 'leftmost', 'rightmost', 'topmost'].map((word) => `the ${word} box`),
    );
  });

  it('blackens the same samples in every epoch where the recipe says so', async () => {
    const options: AugmentOptions = { cutout: { share: 1, fewest: 2, most: 4, sidePx: 8, alwaysTheSame: true } };
    const [first, second] = await Promise.all([
      drawScene('box', 'none', 0, options),
      drawScene('box', 'none', 1, options),
    ]);
    expect(first.image.data).toEqual(second.image.data);
    expect(first.image.data.filter((value) => value === 0).length).toBeGreaterThan(190);
    expect(first.mask.data.some((value) => value !== 0)).toBe(false);
  });

  it('is the same for the same draw', async () => {
    expect(await drawScene('box', 'single', 5, defaultAugment)).toEqual(
      await drawScene('box', 'single', 5, defaultAugment),
    );
  });
});
