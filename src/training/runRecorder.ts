import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { scoreNames } from '../evaluation/index.js';
import { writeFileAtomic } from '../files/index.js';
import { encodePng } from '../imagery/index.js';
import { type MetricsFile, openMetricsFile, readMetrics } from './metricsFile.js';
import { sampleSheet, sheetPlaces } from './sampleSheet.js';
import { type EventsFile, openEventsFile } from './tensorboardEvents.js';
import type { BatchReport } from './trainer.js';
import type { TrainingConfig } from './trainingConfig.js';
import type { TrainingReporter, ValidationSample } from './trainingReporter.js';
import type { TrainingProgress } from './trainingState.js';

/** A reporter that writes files. */
export interface RunRecorder extends Required<Omit<TrainingReporter, 'onDamaged'>> {
  /** Draws the curves a last time and closes the files. */
  close(): Promise<void>;
}

/** Mean IoU of a batch's samples that have a target or were answered, in percent. */
export function batchIou({ intersection, union }: BatchReport): number | null {
  let sum = 0;
  let count = 0;
  for (const [row, value] of union.entries()) {
    if (value === 0) continue;
    sum += intersection[row] / value;
    count += 1;
  }
  return count === 0 ? null : (100 * sum) / count;
}

/** The events file of a run: the one it began with, so that a resumed run goes on in it. */
function eventsPath(folder: string): string {
  const found = readdirSync(folder).find((name) => name.startsWith('events.out.tfevents.'));
  return join(folder, found ?? `events.out.tfevents.${Math.floor(Date.now() / 1000)}.refersat`);
}

/**
 * Records a run in its folder: `metrics.csv`, TensorBoard events, `curves/*.svg` and `samples/*.png`. What a killed run
 * wrote behind its last saved state is cut off on resume.
 */
export function createRunRecorder(folder: string, config: TrainingConfig): RunRecorder {
  const metricsPath = join(folder, 'metrics.csv');
  const names = scoreNames[config.protocol];
  const columns = [
    ...['step', 'epoch', 'batch', 'seconds', 'loss', 'crossEntropy', 'dice', 'focal', 'noTarget', 'categories', 'iou'],
    ...['learningRate', 'gradientNorm', 'samplesPerSecond'],
    ...names.map((name) => `val_${name}`),
  ];
  let metrics: MetricsFile | null = null;
  let events: EventsFile | null = null;
  let places: ReadonlySet<number> = new Set();
  let shown: ValidationSample[] = [];
  let last = performance.now();

  const place = ({ step, epoch, index, seconds }: TrainingProgress) => ({ step, epoch, batch: index, seconds });
  const drawCurves = async (): Promise<void> => {
    // The library that draws is large and not needed before.
    const { trainingCurves } = await import('./curves.js');
    for (const [name, svg] of Object.entries(trainingCurves(readMetrics(metricsPath)))) {
      await writeFileAtomic(join(folder, 'curves', name), svg);
    }
  };

  return {
    onStart({ validationSamples, progress }) {
      metrics = openMetricsFile(metricsPath, columns, progress.metricsBytes);
      events = openEventsFile(eventsPath(folder), progress.eventsBytes);
      places = sheetPlaces(validationSamples);
      last = performance.now();
    },
    onBatch(report) {
      const now = performance.now();
      const samplesPerSecond = (config.batch * 1000) / Math.max(0.001, now - last);
      last = now;
      const { progress, loss, terms, learningRate, gradientNorm } = report;
      const iou = batchIou(report);
      metrics?.add({ ...place(progress), loss, ...terms, iou, learningRate, gradientNorm, samplesPerSecond });
      if (gradientNorm === null) return;
      events?.scalars(progress.step, {
        'train/loss': loss,
        ...Object.fromEntries(Object.entries(terms).map(([name, value]) => [`train/${name}`, value])),
        ...(iou === null ? {} : { 'train/IoU': iou }),
        'train/learning rate': learningRate,
        'train/gradient norm': gradientNorm,
        'train/samples per second': samplesPerSecond,
      });
    },
    onValidationSample(sample) {
      if (places.has(sample.index)) shown.push(sample);
    },
    async onValidation({ scores, progress }) {
      const drawn = shown;
      shown = [];
      const { step } = progress;
      const known = names.flatMap((name) => {
        const value = scores.all[name];
        return value === null || value === undefined ? [] : [[name, value] as const];
      });
      metrics?.add({
        ...place(progress),
        ...Object.fromEntries(known.map(([name, value]) => [`val_${name}`, value])),
      });
      events?.scalars(step, Object.fromEntries(known.map(([name, value]) => [`validation/${name}`, value])));
      if (drawn.length > 0) {
        const sheet = await sampleSheet(drawn);
        const png = await encodePng(sheet);
        await writeFileAtomic(join(folder, 'samples', `step-${String(step).padStart(7, '0')}.png`), png);
        events?.image(step, 'validation/samples', { png, height: sheet.height, width: sheet.width });
      }
      await drawCurves();
      last = performance.now();
    },
    onSave: () => ({ metricsBytes: metrics?.bytes ?? 0, eventsBytes: events?.bytes ?? 0 }),
    async close() {
      if (metrics === null) return;
      metrics.close();
      events?.close();
      await drawCurves();
    },
  };
}
