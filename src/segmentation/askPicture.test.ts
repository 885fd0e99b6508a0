import { expect, it } from 'vitest';
import { floatTensor } from '../engine/index.js';
import { blankImage } from '../imagery/index.js';
import { createModel } from '../models/index.js';
import { buildVocabulary } from '../text/index.js';
import { createPictureOpener } from './askPicture.js';
import type { PicturePredictor } from './picturePredictor.js';
import { createTurns } from './turns.js';

it('lets the network see a picture once for all sentences, whole and in windows', async () => {
  const sizePx = 32;
  let seen = 0;
  const predictor: PicturePredictor = {
    sizePx,
    async encode(image) {
      seen++;
      return new Map([['image', floatTensor(image, [1, 3, sizePx, sizePx])]]);
    },
    predict: async () => ({
      margins: new Float32Array(4).fill(1),
      marginHeight: 2,
      marginWidth: 2,
      alignCorners: true,
      exists: null,
    }),
    release: async () => undefined,
  };
  const model = createModel({ model: 'lavt', imageSizePx: sizePx });
  const tokenizer = buildVocabulary(['the red car'], { minCount: 1 });
  const open = createPictureOpener('m', { model, tokenizer, seenWords: null }, predictor, createTurns().inTurn);
  const picture = await open(blankImage(200, 60));
  const whole = { detail: 'whole' } as const;
  expect([(await picture.ask('the red car', whole)).windows, seen]).toEqual([1, 1]);
  await picture.ask('the car', whole);
  expect(seen).toBe(1);
  // Windows of 64 px over 200: each is seen once more, at the first question that is asked of them.
  const { windows } = await picture.ask('the red car', { detail: 'tiles' });
  expect([windows, seen]).toEqual([4, 5]);
  await picture.ask('the car', { detail: 'tiles' });
  await picture.ask('the car', whole);
  expect(seen).toBe(5);
  await (await open(blankImage(200, 60))).ask('the red car', whole);
  expect(seen).toBe(6);
});
