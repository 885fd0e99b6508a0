import { parentPort, workerData } from 'node:worker_threads';
import type { RenderScene } from './scene.js';

/** What a worker is asked: to render one scene of the series. */
export interface SceneRequest {
  readonly index: number;
}

const { seed, sizePx } = workerData as { readonly seed: number; readonly sizePx: number };
const { renderScene } = (await import('./scenes/index.js')) as { renderScene: RenderScene };

parentPort?.on('message', ({ index }: SceneRequest) => {
  renderScene(seed, index, { sizePx }).then(
    (rendered) => parentPort?.postMessage({ index, rendered }),
    (error: unknown) => parentPort?.postMessage({ index, error: error instanceof Error ? error.stack : String(error) }),
  );
});
