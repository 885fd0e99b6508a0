import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../datasets/index.js';
import { rleArea } from '../masks/index.js';
import { loadCheckpoint } from '../weights/index.js';
import { type EvaluatedSample, evaluate } from './index.js';
import { writeTestCheckpoint } from './testCheckpoint.js';
import { writeTestData } from './testData.js';

let folder: string;
const place = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-evaluate-'));
  await writeTestData(place('one/set'));
  await writeTestData(place('two/set'));
  await writeTestCheckpoint(place('run/checkpoints/last'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('evaluate', () => {
  it('takes a checkpoint in memory and opened sets, and gives each sample once, in order', async () => {
    const model = await loadCheckpoint(place('run/checkpoints/last'));
    const dataset = await openDataset(place('one/set'));
    const seen: EvaluatedSample[] = [];
    const steps: string[] = [];
    const report = await evaluate(model, dataset, {
      protocol: 'gres',
      existsThreshold: 0.001,
      onSample: (evaluated) => void seen.push(evaluated),
      onProgress: (done, total) => void steps.push(`${done}/${total}`),
    });
    const wanted = dataset.samples.filter(({ split }) => split === 'val');
    expect(seen.map(({ sample }) => sample)).toEqual(wanted);
    expect(seen.map(({ id, sentence }) => [id, sentence])).toEqual(wanted.map(({ id, sentence }) => [id, sentence]));
    expect(steps.at(-1)).toBe('9/9');
    expect(report.model.name).toBe('run/last');
    for (const { probability, predicted, truth } of seen) {
      expect(probability).toBeGreaterThan(0);
      expect([predicted.height, truth.width]).toEqual([480, 480]);
    }
  });

  it('scores several sets together, under names of their own, and one that is named twice once', async () => {
    const ids: string[] = [];
    const data = [place('one/set'), place('two/set'), `${place('one')}/../one/set`];
    const report = await evaluate(place('run'), data, {
      protocol: 'rrsis',
      onSample: ({ id }) => void ids.push(id),
    });
    expect(report.data).toEqual([
      { name: 'set', samples: 9 },
      { name: 'set-2', samples: 9 },
    ]);
    expect(report.all.samples).toBe(18);
    expect(new Set(ids).size).toBe(18);
    expect(ids.every((id) => /^set(-2)?\//.test(id))).toBe(true);
  });

  it('scores by what sentences rest on, where the release says it', async () => {
    const plain = await evaluate(place('run'), place('one/set'), { protocol: 'rrsis' });
    expect(plain.construct).toEqual({});
    await writeTestData(place('traced/set'));
    const { samples, root } = await openDataset(place('traced/set'));
    const sentences = samples.map(({ sentenceId, kind }) => ({ sentenceId, construct: `of ${kind}` }));
    await writeFile(join(root, 'scenes.json'), JSON.stringify({ scenes: [{ sentences }] }));
    const traced = await evaluate(place('run'), [place('traced/set'), place('one/set')], { protocol: 'rrsis' });
    const { single, multi, none } = plain.kind;
    expect(traced.construct).toEqual({ 'of multi': multi, 'of none': none, 'of single': single });
    expect(traced.all.samples).toBe(2 * plain.all.samples);
  });

  it('answers nothing below the probability of a target, and everything by a low threshold', async () => {
    const silent = await evaluate(place('run'), place('one/set'), { protocol: 'gres', existsThreshold: 1 - 1e-9 });
    expect(silent.all).toMatchObject({ 'N-acc': 100, 'T-acc': 0, cIoU: 0 });
    let smallest = Number.POSITIVE_INFINITY;
    await evaluate(place('run'), place('one/set'), {
      protocol: 'gres',
      existsThreshold: 1e-9,
      threshold: 1e-9,
      onSample: ({ predicted }) => {
        smallest = Math.min(smallest, rleArea(predicted));
      },
    });
    expect(smallest).toBe(480 * 480);
  });

  it('does not depend on the batch', async () => {
    const options = { protocol: 'gres', existsThreshold: 0.001 } as const;
    const one = await evaluate(place('run'), place('one/set'), options);
    const four = await evaluate(place('run'), place('one/set'), { ...options, batch: 4 });
    expect(four.all.samples).toBe(9);
    expect(four.all.gIoU).toBeCloseTo(one.all.gIoU ?? Number.NaN, 1);
  });

  it('asks other sentences under a control, truth and pictures unchanged', async () => {
    const plain: EvaluatedSample[] = [];
    const control: EvaluatedSample[] = [];
    await evaluate(place('run'), place('one/set'), { protocol: 'gres', onSample: (one) => void plain.push(one) });
    await evaluate(place('run'), place('one/set'), {
      protocol: 'gres',
      control: 'shuffled',
      onSample: (one) => void control.push(one),
    });
    expect(control.map(({ id, truth }) => [id, truth])).toEqual(plain.map(({ id, truth }) => [id, truth]));
    const own = new Map(plain.map(({ id, sentence }) => [id, sentence]));
    const sentences = new Set(plain.map(({ sentence }) => sentence));
    expect(control.every(({ sentence }) => sentences.has(sentence))).toBe(true);
    expect(control.some(({ id, sentence }) => own.get(id) !== sentence)).toBe(true);
  });

  it('stops at a signal', async () => {
    const stop = new AbortController();
    const running = evaluate(place('run'), place('one/set'), {
      protocol: 'gres',
      signal: stop.signal,
      onSample: () => stop.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });

  it('refuses no data at all', async () => {
    await expect(evaluate(place('run'), [], { protocol: 'gres' })).rejects.toThrow(/name at least one/);
  });
});
