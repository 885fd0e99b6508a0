import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openMetricsFile, readMetrics } from './metricsFile.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-metrics-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('rows are written at once, read back, and cut to what a resumed run keeps', async () => {
  const path = join(folder, 'metrics.csv');
  const columns = ['step', 'loss', 'val_mIoU'];
  const file = openMetricsFile(path, columns);
  file.add({ step: 1, loss: 0.123456789 });
  expect(await readFile(path, 'utf8')).toBe('step,loss,val_mIoU\n1,0.123457,\n');
  const kept = file.bytes;
  file.add({ step: 2, loss: 1e-9, val_mIoU: null });
  file.close();
  await appendFile(path, '3,0.');
  const again = openMetricsFile(path, columns, kept);
  again.add({ step: 2, val_mIoU: 47.5 });
  again.close();
  expect(readMetrics(path)).toEqual([
    { step: 1, loss: 0.123457 },
    { step: 2, val_mIoU: 47.5 },
  ]);
});

it('a table that is gone begins anew', () => {
  const path = join(folder, 'gone.csv');
  const file = openMetricsFile(path, ['step'], 500);
  file.add({ step: 4 });
  file.close();
  expect(readMetrics(path)).toEqual([{ step: 4 }]);
});

it('a run that an older version began keeps its columns', () => {
  const path = join(folder, 'older.csv');
  const file = openMetricsFile(path, ['step', 'iou']);
  file.add({ step: 1, iou: 3 });
  const kept = file.bytes;
  file.close();
  const newer = openMetricsFile(path, ['step', 'categories', 'iou'], kept);
  newer.add({ step: 2, categories: 0.5, iou: 4 });
  newer.close();
  expect(readMetrics(path)).toEqual([
    { step: 1, iou: 3 },
    { step: 2, iou: 4 },
  ]);
});
