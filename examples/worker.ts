/**
 * Segmentation in a thread of its own, so that a server's main thread stays free: this file is both ends.
 *
 *   npx tsx examples/worker.ts PICTURE "the red car" [--model NAME|FOLDER]
 */
import { parseArgs } from 'node:util';
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadModel, type Segmentation } from 'refersat';

interface Request {
  readonly picture: string;
  readonly sentence: string;
}

/** The thread: one model, which answers requests until it is told to close. */
async function serve(port: MessagePort, modelName: string): Promise<void> {
  const model = await loadModel(modelName);
  port.on('message', async (request: Request | 'close') => {
    if (request === 'close') {
      await model.close();
      port.close();
      return;
    }
    // An answer is plain data: it can be posted as it is.
    port.postMessage(await model.segment(request.picture, request.sentence));
  });
}

if (isMainThread) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { model: { type: 'string', default: 'open' } },
  });
  const [picture, sentence] = positionals;
  if (!picture || !sentence) throw new Error('usage: worker.ts PICTURE SENTENCE [--model NAME|FOLDER]');
  // From JavaScript `new Worker(new URL(import.meta.url))` is enough; Node 20 starts no thread from TypeScript alone.
  const program = `import('tsx/esm/api').then((tsx) => tsx.register()).then(() => import('${import.meta.url}'))`;
  const worker = new Worker(program, { eval: true, workerData: values.model });
  const answer = new Promise<Segmentation>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.postMessage({ picture, sentence } satisfies Request);
  const { found, area, score, polygons } = await answer;
  console.log(found ? `${area} px in ${polygons.length} pieces, score ${score.toFixed(2)}` : 'nothing');
  worker.postMessage('close');
} else if (parentPort) {
  await serve(parentPort, workerData as string);
}
