import type { Runtime, RuntimeOptions } from '../src/engine/index.js';
import { clipByGlobalNorm, createEma, createMuon, createOptimiser } from '../src/training/optimisers/index.js';

/** What a training of a part of a network needs beside the part. */
export interface ClockedTraining<Batch> {
  /** The values that are trained, changed in place. */
  readonly parameters: ReadonlyMap<string, { readonly data: Float32Array; readonly shape: readonly number[] }>;
  /** Batches without end. */
  readonly batches: AsyncIterable<Batch>;
  readonly samplesPerBatch: number;
  readonly minutes: number;
  /** AdamW's highest rate: it rises over `warmUpSteps` and falls with the clock as half a cosine. */
  readonly rate: number;
  readonly warmUpSteps: number;
  readonly weightDecay: number;
  /** What Muon runs on, which then takes AdamW's place. */
  readonly muon?: { readonly runtime: Runtime; readonly session: RuntimeOptions };
  /** Decay of the moving average that is given back. */
  readonly ema: number;
  /** Loss and gradients of a batch. */
  readonly stepOf: (batch: Batch) => Promise<{ readonly loss: number; readonly gradients: Map<string, Float32Array> }>;
  /** What a line of progress says beside steps, loss and pace, of the steps since the last line. */
  readonly told: () => string;
}

const secondsBetweenLines = 20;

/**
 * Trains a part of a network for so many minutes, for the scripts that teach one part by itself. Gradients are clipped to
 * a global norm of 1. Prints a line every 20 seconds.
 */
export async function stepsByTheClock<Batch>(
  training: ClockedTraining<Batch>,
): Promise<{ readonly steps: number; readonly averages: ReadonlyMap<string, Float32Array> }> {
  const { parameters, rate, samplesPerBatch } = training;
  const { weightDecay, muon } = training;
  const optimiser = muon
    ? await createMuon({ kind: 'muon', learningRate: rate, weightDecay }, parameters, muon)
    : createOptimiser({ kind: 'adamw', learningRate: rate, weightDecay }, parameters);
  const average = createEma(new Map([...parameters].map(([name, { data }]) => [name, data])), { decay: training.ema });
  const started = performance.now();
  let [steps, since, lossSum, lineAt] = [0, 0, 0, started];
  for await (const batch of training.batches) {
    const share = (performance.now() - started) / (training.minutes * 60_000);
    if (share >= 1) break;
    const { loss, gradients } = await training.stepOf(batch);
    clipByGlobalNorm(gradients, 1);
    const warmth = Math.min(1, (steps + 1) / training.warmUpSteps);
    await optimiser.step(gradients, rate * warmth * 0.5 * (1 + Math.cos(Math.PI * share)));
    average.update();
    steps += 1;
    since += 1;
    lossSum += loss;
    const seconds = (performance.now() - lineAt) / 1000;
    if (seconds < secondsBetweenLines) continue;
    const pace = ((since * samplesPerBatch) / seconds).toFixed(0);
    process.stdout.write(
      `${steps} steps, loss ${(lossSum / since).toFixed(3)}, ${training.told()}, ${pace} samples/s\n`,
    );
    lineAt = performance.now();
    [since, lossSum] = [0, 0];
  }
  if ('release' in optimiser) await optimiser.release();
  process.stdout.write(`${steps} steps of ${samplesPerBatch}\n`);
  return { steps, averages: average.averages };
}
