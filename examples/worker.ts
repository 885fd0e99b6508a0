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

/** What the thread answers: the segmentation, or why there is none. */
type Reply = { readonly answer: Segmentation } | { readonly error: string };

/** The thread: one model, which answers requests until it is told to close. */
async function serve(port: MessagePort, modelName: string): Promise<void> {
  const model = await loadModel(modelName);
  port.on('message', async (request: Request | 'close') => {
    if (request === 'close') {
      await model.close();
      port.close();
      return;
    }
    let reply: Reply;
    try {
      // An answer is plain data: it can be posted as it is.
      reply = { answer: await model.segment(request.picture, request.sentence) };
    } catch (error) {
      // One that cannot be read is no reason to lose the thread and its model.
      reply = { error: (error as Error).message };
    }
    port.postMessage(reply);
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
  const reply = new Promise<Reply>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  worker.postMessage({ picture, sentence } satisfies Request);
  const given = await reply;
  if ('error' in given) {
    console.error(given.error);
    process.exitCode = 1;
  } else {
    const { found, area, score, polygons } = given.answer;
    console.log(found ? `${area} px in ${polygons.length} pieces, score ${score.toFixed(2)}` : 'nothing');
  }
  // It ends by itself once its model is closed; terminate() in the middle of a run would end the whole process.
  worker.postMessage('close');
} else if (parentPort) {
  await serve(parentPort, workerData as string);
}
