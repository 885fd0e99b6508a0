import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../datasets/index.js';
import { rleArea, rleOverlap, rleToString } from '../masks/index.js';
import { loadModel } from '../segmentation/index.js';
import { loadCheckpoint } from '../weights/index.js';
import { chooseSamples } from './chooseSamples.js';
import { type EvaluatedSample, evaluate } from './index.js';
import { writeTestCheckpoint } from './testCheckpoint.js';
import { writeTestData } from './testData.js';

let folder: string;
let seenPixels: number[] = [];
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

  it('does not depend on the batch, sample by sample', async () => {
    const seenBy = async (batch: number, existsThreshold: number): Promise<EvaluatedSample[]> => {
      const seen: EvaluatedSample[] = [];
      const onSample = (one: EvaluatedSample) => void seen.push(one);
      await evaluate(place('run'), place('one/set'), { protocol: 'gres', existsThreshold, batch, onSample });
      return seen;
    };
    const one = await seenBy(1, 0.001);
    // Some samples are answered at this threshold, and some are not.
    const probabilities = one.map(({ probability }) => probability ?? Number.NaN).sort((a, b) => a - b);
    const threshold = (probabilities[3] + probabilities[4]) / 2;
    expect(probabilities[4] - probabilities[3]).toBeGreaterThan(1e-6);
    for (const [place, sample] of (await seenBy(4, threshold)).entries()) {
      const alone = one[place];
      expect(sample.id).toBe(alone.id);
      expect(sample.probability).toBeCloseTo(alone.probability ?? Number.NaN, 5);
      const isThere = (alone.probability ?? 0) >= threshold;
      const { intersectionPx, unionPx } = rleOverlap(sample.predicted, alone.predicted);
      if (isThere) expect(intersectionPx / unionPx, sample.id).toBeGreaterThan(0.999);
      else expect(rleArea(sample.predicted), sample.id).toBe(0);
    }
    const masks = new Set(one.map(({ predicted }) => rleToString(predicted)));
    expect(masks.size).toBeGreaterThan(4);
  });

  it.each([
    ['imagenet', 1],
    ['unit', 1],
    ['imagenet', 4],
  ] as const)('gives the masks that segment gives, pixels %s, views %d', async (pixels, views) => {
    const folder = place(`pixels-${pixels}-${views}`);
    await cp(place('run/checkpoints/last'), folder, { recursive: true });
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), pixels }));
    const seen: EvaluatedSample[] = [];
    await evaluate(folder, place('one/set'), {
      protocol: 'rrsis',
      size: 'native',
      limit: 4,
      existsThreshold: 0.001,
      views,
      onSample: (one) => void seen.push(one),
    });
    const model = await loadModel(folder, { threads: 1 });
    for (const { predicted, imagePath, sentence, probability } of seen) {
      const answer = await model.segment(imagePath, sentence, { existsThreshold: 0.001, views });
      expect(answer.score).toBeCloseTo(probability ?? Number.NaN, 4);
      expect(answer.area).toBeGreaterThan(0);
      const { intersectionPx, unionPx } = rleOverlap(predicted, answer.mask);
      expect(intersectionPx / unionPx).toBeGreaterThan(0.99);
    }
    await model.close();
    // The network tells the two apart, or this would show nothing.
    expect(seen.map(({ predicted }) => rleArea(predicted))).not.toEqual(seenPixels);
    seenPixels = seen.map(({ predicted }) => rleArea(predicted));
  });

  it('says what it was asked, what was left out, and which sets it drew from', async () => {
    const broken = place('broken/set');
    await writeTestData(broken);
    const file = join(broken, 'instances.json');
    const instances = JSON.parse(await readFile(file, 'utf8'));
    // The first picture of the split loses one of its things, and so the sentences about it.
    const gone = instances.annotations.findIndex((one: { image_id: number }) => one.image_id === 102);
    instances.annotations.splice(gone, 1);
    await writeFile(file, JSON.stringify(instances));
    const asked = { protocol: 'rrsis', language: 'en', seed: 5, threshold: 0.4, existsThreshold: 0.3 } as const;
    const report = await evaluate(place('run'), [broken, place('one/set')], {
      ...asked,
      limit: 1,
      onBroken: 'skip',
    });
    expect(report.settings).toEqual({
      language: 'en',
      limit: 1,
      seed: 5,
      threshold: 0.4,
      existsThreshold: 0.3,
      views: 1,
    });
    expect(report.broken.pictures).toBe(0);
    expect(report.broken.records).toBeGreaterThan(0);
    expect(report.data).toHaveLength(1);
    expect(report.all.samples).toBe(1);
  });

  it('counts the sentences that are longer than the model reads', async () => {
    const folder = place('short');
    await cp(place('run/checkpoints/last'), folder, { recursive: true });
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), maxWords: 6 }));
    const sentences: string[] = [];
    const onSample = ({ sentence }: EvaluatedSample) => void sentences.push(sentence);
    const report = await evaluate(folder, place('one/set'), { protocol: 'gres', batch: 4, onSample });
    const model = await loadModel(folder, { threads: 1 });
    const answers = await model.segment({ width: 4, height: 4, data: new Uint8Array(48) }, sentences);
    await model.close();
    expect(report.cutSentences).toBe(answers.filter(({ truncated }) => truncated).length);
    expect(answers.filter(({ truncated }) => !truncated).length).toBeGreaterThan(0);
    expect(report.cutSentences).toBeGreaterThan(0);
  });

  it('draws over all sets alike', async () => {
    const datasets = [await openDataset(place('one/set')), await openDataset(place('two/set'))];
    const drawn = [1, 2, 3, 4, 5, 6].map((seed) => chooseSamples(datasets, { split: 'val', limit: 6, seed }));
    for (const sets of drawn) {
      const ids = sets.flatMap(({ samples }) => samples.map(({ id }) => id));
      expect(new Set(ids).size).toBe(6);
      // Not the same places of each set.
      const places = sets.map(({ samples, dataset }) =>
        samples.map(({ sample }) => dataset.samples.indexOf(sample)).join(),
      );
      expect(new Set(places).size).toBe(places.length);
    }
  });

  it('names the reason where no picture can be read', async () => {
    await writeTestData(place('unreadable/set'));
    for (const file of await readdir(place('unreadable/set/image'))) {
      await writeFile(place(`unreadable/set/image/${file}`), 'no picture');
    }
    const running = evaluate(place('run'), place('unreadable/set'), { protocol: 'gres', onBroken: 'skip' });
    await expect(running).rejects.toThrow(/none of the samples has a picture that can be read; the first: .*P2\.jpg/);
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
