import { parentPort } from 'node:worker_threads';
import { loadPicture, type PictureRequest } from './loaderPicture.js';

/** What a worker answers: the picture, or why there is none. */
export type WorkerAnswer =
  | { readonly id: number; readonly picture: Awaited<ReturnType<typeof loadPicture>> }
  | { readonly id: number; readonly message: string; readonly isUserError: boolean };

parentPort?.on('message', async ({ id, request }: { id: number; request: PictureRequest }) => {
  try {
    const loaded = await loadPicture(request);
    // A copy of its own: the decoder's memory may be larger than the picture, or shared.
    const data = new Uint8Array(loaded.image.data);
    const picture = { ...loaded, image: { ...loaded.image, data } };
    parentPort?.postMessage({ id, picture } satisfies WorkerAnswer, [data.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUserError = error instanceof Error && error.name === 'UserError';
    parentPort?.postMessage({ id, message, isUserError } satisfies WorkerAnswer);
  }
});
