import { parentPort } from 'node:worker_threads';
import type { DenseMask, RgbImage } from '../imagery/index.js';
import { makeSample, type PictureParts, type ReadySample, type SampleRequest } from './loaderSample.js';

/** What a worker answers: the sample, or why there is none. */
export type WorkerAnswer =
  | { readonly id: number; readonly sample: ReadySample }
  | { readonly id: number; readonly message: string; readonly isUserError: boolean };

/** Pixels in memory that all threads see, so that a kept picture goes to any of them without a copy. */
function shared<Picture extends RgbImage | DenseMask>(picture: Picture): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(picture.data.length));
  data.set(picture.data);
  return { ...picture, data };
}

const sharedParts = ({ input, detail, classMap }: PictureParts): PictureParts => ({
  ...(input ? { input: shared(input) } : {}),
  ...(detail ? { detail: shared(detail) } : {}),
  ...(classMap ? { classMap: shared(classMap) } : {}),
});

/** A copy of its own: a decoder's memory may be larger than the picture, a kept part's is shared. */
const ownCopy = (data: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(data);

parentPort?.on('message', async ({ id, request }: { id: number; request: SampleRequest }) => {
  try {
    const made = await makeSample(request);
    const image = made.image instanceof Uint8Array ? ownCopy(made.image) : made.image;
    const mask = ownCopy(made.mask);
    const classMap = made.classMap && ownCopy(made.classMap);
    const sample: ReadySample = { ...made, image, mask, classMap, made: sharedParts(made.made) };
    const moved = [image.buffer, mask.buffer, ...(classMap ? [classMap.buffer] : [])] as ArrayBuffer[];
    parentPort?.postMessage({ id, sample } satisfies WorkerAnswer, moved);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUserError = error instanceof Error && error.name === 'UserError';
    parentPort?.postMessage({ id, message, isUserError } satisfies WorkerAnswer);
  }
});
