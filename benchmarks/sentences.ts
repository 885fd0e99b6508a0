import { parseArgs } from 'node:util';
import type { HostTensor } from '../src/engine/index.js';
import { createModel, type ModelName, type PresetName } from '../src/models/index.js';
import { onnxruntimeNode } from '../src/runtimes/onnxruntimeNode.js';
import { createPicturePredictor, createPredictor } from '../src/segmentation/index.js';
import { initialWeights } from '../src/training/trainingStep.js';
import { median } from './times.js';

/**
 * `npm run bench -- sentences [--models lavt,mrsnet] [--presets nano,base] [--size PX] [--runs N] [--gateless]`: what one more
 * sentence of a picture costs beside the first, where what the network sees before any word is kept (`model.encode`); with
 * `--gateless` of networks without language gates. Random weights, both in turn, medians.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      models: { type: 'string', default: 'lavt,mrsnet' },
      presets: { type: 'string', default: 'nano,base' },
      size: { type: 'string' },
      runs: { type: 'string', default: '9' },
      gateless: { type: 'boolean', default: false },
    },
  });
  process.stdout.write('| model | whole network ms | before the words ms | one more sentence ms | of the whole |\n');
  process.stdout.write('| --- | ---: | ---: | ---: | ---: |\n');
  for (const preset of values.presets.split(',') as PresetName[]) {
    for (const name of values.models.split(',') as ModelName[]) {
      const size = values.size ? { imageSizePx: Number(values.size) } : {};
      const model = createModel({ model: name, preset, ...size, languageGates: !values.gateless });
      const { imageSizePx, maxWords, text } = model.config;
      const { parameters, buffers } = initialWeights(model, 1);
      const weights = new Map<string, HostTensor>([...parameters, ...buffers]);
      const session = { threads: 2 };
      const split = await createPicturePredictor(model, { weights, runtime: onnxruntimeNode, session });
      const whole = await createPredictor(model, { weights, runtime: onnxruntimeNode, session, batch: 1 });
      const picture = Float32Array.from({ length: 3 * imageSizePx ** 2 }, (_, at) => Math.sin(at));
      const ids = Array.from({ length: maxWords }, (_, at) => (at * 7) % Math.min(256, text.vocabularySize));
      const wordMask = new Float32Array(maxWords).fill(1);
      const times: Record<'whole' | 'seen' | 'more', number[]> = { whole: [], seen: [], more: [] };
      const timed = async <Result>(which: keyof typeof times, work: () => Promise<Result>): Promise<Result> => {
        const started = performance.now();
        const result = await work();
        times[which].push(performance.now() - started);
        return result;
      };
      for (let index = 0; index <= Number(values.runs); index++) {
        // The first of each warms up.
        if (index === 1) for (const list of Object.values(times)) list.length = 0;
        const features = await timed('seen', () => split.encode(picture));
        await timed('more', () => split.predict(features, ids, wordMask));
        await timed('whole', () => whole.predict(picture, ids, wordMask));
      }
      await Promise.all([split.release(), whole.release()]);
      const [all, seen, more] = [times.whole, times.seen, times.more].map(median);
      const cells = [`${name} ${preset}, ${imageSizePx} px`, all.toFixed(1), seen.toFixed(1), more.toFixed(1)];
      process.stdout.write(`| ${cells.join(' | ')} | ${(more / all).toFixed(2)} |\n`);
    }
  }
}
