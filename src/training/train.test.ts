import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damageFile } from '../imagery/testDamage.js';
import { loadModel } from '../segmentation/index.js';
import { openSafetensors } from '../weights/index.js';
import { readMetrics } from './metricsFile.js';
import { hashOf, tinyModel, tinyOptions, weightsOf, writeTinySet } from './testRun.js';
import type { TrainingOptions } from './trainingConfig.js';
import type { TrainingReporter } from './trainingReporter.js';
import { resumeTraining, trainInFolder } from './trainingRun.js';

/** The tensors that a run goes on from. */
const stateFile = async (run: string): Promise<string> => {
  const files = await readdir(join(run, 'state'));
  return join(run, 'state', files.filter((name) => name.endsWith('.safetensors')).sort()[0]);
};

// Nothing is gained here by what the runtime would do to a graph.
const session = { optimisation: 'none' } as const;

let folder: string;
let set: string;
let runs: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-train-'));
  set = await writeTinySet(folder);
  runs = join(folder, 'runs');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (
  name: string,
  change: Partial<TrainingOptions> = {},
  reporter?: TrainingReporter,
  signal?: AbortSignal,
) => trainInFolder(tinyOptions(set, change), { runs, session, name, reporter, signal });

/** Calls `end` at the nth call. */
const at = (nth: number, end: () => void): (() => void) => {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls === nth) end();
  };
};

describe('a run', () => {
  it('leaves all that its folder promises, and is never overwritten', async () => {
    const { ended, folder: run, progress, broken } = await start('whole');
    expect([ended, progress.step, broken]).toEqual(['complete', 10, []]);
    const files = (await readdir(run)).map((name) => name.replace(/tfevents\.\d+/, 'tfevents')).sort();
    expect(files).toEqual([
      'checkpoints',
      'config.yaml',
      'curves',
      'environment.json',
      'events.out.tfevents.refersat',
      'metrics.csv',
      'samples',
      'state',
    ]);
    const rows = readMetrics(join(run, 'metrics.csv'));
    expect(rows.filter(({ loss }) => loss !== undefined).map(({ step }) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    const validated = rows.filter((row) => row.val_gIoU !== undefined);
    expect(validated.map(({ step }) => step)).toEqual([4, 8, 10]);
    expect((await readdir(join(run, 'samples'))).sort()).toEqual([
      'step-0000004.png',
      'step-0000008.png',
      'step-0000010.png',
    ]);
    expect((await readdir(join(run, 'curves'))).sort()).toEqual(['learning-rate.svg', 'loss.svg', 'scores.svg']);
    const { sessions } = JSON.parse(await readFile(join(run, 'environment.json'), 'utf8'));
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ node: process.versions.node, onnxruntime: expect.stringMatching(/^\d/) });
    for (const which of ['last', 'best']) {
      const model = await loadModel(join(run, 'checkpoints', which), { threads: 1 });
      const answer = await model.segment(join(set, 'image/P2.jpg'), 'the round tank');
      expect(answer.mask).toMatchObject({ width: 64, height: 40 });
      await model.close();
    }
    const card = await readFile(join(run, 'checkpoints/last/README.md'), 'utf8');
    expect(card).toContain('step 10 of 10');
    const before = await weightsOf(run);
    await expect(start('whole')).rejects.toThrow(/never overwritten.*--resume whole/);
    expect(await weightsOf(run)).toEqual(before);
  });

  it('that is complete stays as it is when it is resumed', async () => {
    const run = join(runs, 'whole');
    const before = await weightsOf(run);
    expect((await resumeTraining('whole', { runs, session })).ended).toBe('complete');
    expect(await weightsOf(run)).toEqual(before);
  });

  it('learns from everything annotated where the loss asks, which the checkpoint does not show', async () => {
    const loss = { categories: 0.5, diceWarmUpSteps: 4 };
    const { folder: run } = await start('categories', { loss, maxSteps: 6 });
    const rows = readMetrics(join(run, 'metrics.csv')).filter(({ loss }) => loss !== undefined);
    expect(rows.every(({ categories }) => Number(categories) > 0)).toBe(true);
    // Six steps: background, and the release's categories told apart by nothing yet.
    expect(Number(rows[0].categories)).toBeGreaterThan(0.5);
    const of = async (name: string) =>
      openSafetensors(join(name, 'checkpoints/last/model.safetensors')).then(async (file) => {
        await file.close();
        return [...file.names].sort();
      });
    expect(await of(run)).toEqual(await of(join(runs, 'whole')));
    // Dice counts little at first: the weighted sum of the terms shows its share.
    const total = (row: (typeof rows)[number], share: number) =>
      Number(row.crossEntropy) + share * Number(row.dice) + 0.2 * Number(row.noTarget) + 0.5 * Number(row.categories);
    rows.forEach((row, step) => {
      expect(total(row, Math.min(1, step / 4)), `step ${step + 1}`).toBeCloseTo(Number(row.loss), 3);
    });
    const saved = start(
      'categories-stopped',
      { loss, maxSteps: 6 },
      {
        onBatch: at(4, () => {
          throw new Error('killed');
        }),
      },
    );
    await expect(saved).rejects.toThrow('killed');
    await resumeTraining('categories-stopped', { runs, session });
    expect(await weightsOf(join(runs, 'categories-stopped'))).toEqual(await weightsOf(run));
  });

  it('has both checkpoints when what is told of a validation cannot be drawn', async () => {
    const onValidation = (): never => {
      throw new Error('no room for the curves');
    };
    await expect(start('undrawn', { maxSteps: 1 }, { onValidation })).rejects.toThrow('no room for the curves');
    const checkpoints = join(runs, 'undrawn/checkpoints');
    expect((await readdir(checkpoints)).sort()).toEqual(['best', 'last']);
    const hashes = ['best', 'last'].map((which) => hashOf(join(checkpoints, which, 'model.safetensors')));
    expect(new Set(await Promise.all(hashes)).size).toBe(1);
  });

  it('takes the steps of Muon where the settings ask, and resumes them bit for bit', async () => {
    const options = { optimiser: { kind: 'muon', learningRate: 2e-3, smallestSide: 4 }, maxSteps: 6 } as const;
    const { folder: run } = await start('muon', options);
    const saved = await openSafetensors(await stateFile(run));
    await saved.close();
    expect(saved.names.some((name) => name.startsWith('optimiser.momentum_buffer.backbone.'))).toBe(true);
    expect(saved.names.some((name) => name.startsWith('optimiser.exp_avg.text_encoder.embeddings.'))).toBe(true);
    const kill = at(4, () => {
      throw new Error('killed');
    });
    await expect(start('muon-stopped', options, { onBatch: kill })).rejects.toThrow('killed');
    await resumeTraining('muon-stopped', { runs, session });
    expect(await weightsOf(join(runs, 'muon-stopped'))).toEqual(await weightsOf(run));
  });

  it('takes the classes of a category prior from the data, and saves them with the model', async () => {
    const model = { ...tinyModel, prior: { classes: [] } };
    const { folder: run } = await start('prior', { model, loss: { categories: 0.5 }, maxSteps: 2 });
    const { prior } = JSON.parse(await readFile(join(run, 'checkpoints/last/config.json'), 'utf8'));
    expect(prior.classes.length).toBeGreaterThan(1);
    expect(prior.classes).toEqual([...prior.classes].sort());
    const file = await openSafetensors(join(run, 'checkpoints/last/model.safetensors'));
    await file.close();
    expect(file.names.filter((name) => name.startsWith('category_head.'))).toEqual([]);
    expect(file.shape('prior.head.0.weight')[0]).toBe(prior.classes.length + 1);
    const rows = readMetrics(join(run, 'metrics.csv')).filter(({ loss }) => loss !== undefined);
    expect(rows.every(({ categories }) => Number(categories) > 0)).toBe(true);
  });

  it('without samples to validate has a last checkpoint alone', async () => {
    const { folder: run } = await start('unscored', { validationSplit: '', maxSteps: 2 });
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['last']);
    expect(await readFile(join(run, 'checkpoints/last/README.md'), 'utf8')).toContain('Not validated.');
  });
});

describe('a run that ends early goes on to the same bits', () => {
  // Steps of two batches, validations between them, an average, running statistics.
  const model = { ...tinyModel, trunk: { ...tinyModel.trunk, norm: 'batch' } } as const;
  const steps = { accumulate: 2, ema: 0.9, patience: 9, maxSteps: 12, validateEvery: 5, saveEvery: 3 } as const;
  const change = { ...steps, model };

  const saving = (hook: () => void) => (): Record<string, never> => {
    hook();
    return {};
  };
  /** Moments of a session, counted from its begin, that it is stopped at (and saves) or fails at (and does not). */
  const moments: readonly [string, 'stop' | 'fail', (end: () => void) => TrainingReporter][] = [
    ['before anything is saved', 'fail', (end) => ({ onBatch: at(2, end) })],
    ['between the batches of a step', 'stop', (end) => ({ onBatch: at(3, end) })],
    ['while it saves', 'fail', (end) => ({ onSave: saving(at(1, end)) })],
    ['within a validation', 'stop', (end) => ({ onValidationSample: at(4, end) })],
    ['between a validation and its save', 'fail', (end) => ({ onValidation: at(1, end) })],
    ['as a validation ends', 'stop', (end) => ({ onValidation: at(1, end) })],
  ];

  it(`whether it is stopped or fails: ${moments.map(([moment, how]) => `${how} ${moment}`).join(', ')}`, async () => {
    const { folder: whole } = await start('unbroken', change);
    const stepsOf = (run: string): number[] => readMetrics(join(run, 'metrics.csv')).map(({ step }) => step);
    for (const [index, [moment, how, hook]] of moments.entries()) {
      const stop = new AbortController();
      let fired = false;
      const reporter = hook(() => {
        fired = true;
        if (how === 'fail') throw new Error('pulled the plug');
        stop.abort();
      });
      const going =
        index === 0
          ? start('broken', change, reporter, stop.signal)
          : resumeTraining('broken', { runs, session, reporter, signal: stop.signal });
      const ended = await going.then(
        (result) => result.ended,
        (error: Error) => error.message,
      );
      expect(ended, moment).toBe(how === 'fail' ? 'pulled the plug' : 'stopped');
      expect(fired, moment).toBe(true);
    }
    const broken = join(runs, 'broken');
    expect((await resumeTraining('broken', { runs, session })).ended).toBe('complete');
    expect(await weightsOf(broken)).toEqual(await weightsOf(whole));
    expect(stepsOf(broken)).toEqual(stepsOf(whole));
    const { sessions } = JSON.parse(await readFile(join(broken, 'environment.json'), 'utf8'));
    expect(sessions).toHaveLength(moments.length + 1);
  }, 240_000);

  it('and leaves the weights so far as the last checkpoint when it is stopped', async () => {
    const stop = new AbortController();
    const { folder: run } = await start('early', {}, { onBatch: () => stop.abort() }, stop.signal);
    expect(await readFile(join(run, 'checkpoints/last/README.md'), 'utf8')).toContain('step 1 of 10');
  });

  it('and ends by patience again when it is resumed after that', async () => {
    const stubborn = { ...change, patience: 2, optimiser: { kind: 'adamw', learningRate: 0 } } as const;
    const { ended, folder: run } = await start('patient', stubborn);
    expect(ended).toBe('no better for long');
    const before = await weightsOf(run);
    expect((await resumeTraining('patient', { runs, session })).ended).toBe('no better for long');
    expect(await weightsOf(run)).toEqual(before);
  });

  it('but not on other data', async () => {
    const other = await writeTinySet(await mkdtemp(join(folder, 'other-')));
    const stop = new AbortController();
    await trainInFolder(tinyOptions(other), {
      runs,
      session,
      name: 'moved-on',
      signal: stop.signal,
      reporter: { onBatch: () => stop.abort() },
    });
    const { testRelease } = await import('../datasets/testRelease.js');
    const { writeNwpuRefer } = await import('../datasets/index.js');
    const release = testRelease();
    await writeNwpuRefer(other, { ...release, references: release.references.slice(1) });
    await expect(resumeTraining('moved-on', { runs, session })).rejects.toThrow(/not those that this run began with/);
  });
});

/** Whether every float of a safetensors file is finite. */
async function isAllFinite(path: string): Promise<boolean> {
  const source = await openSafetensors(path);
  try {
    for (const name of source.names) {
      const { dtype, data } = await source.read(name);
      if (dtype === 'F32' && !(data as Float32Array).every(Number.isFinite)) return false;
    }
    return true;
  } finally {
    await source.close();
  }
}

describe('a run that cannot go on', () => {
  it('says so when numbers overflow, keeps what was sound, and goes on at a lower rate', async () => {
    const wild = { optimiser: { kind: 'adamw', learningRate: 1e30 }, clipNorm: 0, ema: 0, maxSteps: 3 } as const;
    const often = { saveEvery: 1, validateEvery: 1, schedule: { kind: 'constant', warmUpSteps: 0 } } as const;
    let sound = false;
    const reporter: TrainingReporter = {
      async onBatch({ progress }) {
        // The first state is of weights that did not overflow yet.
        if (progress.step === 1 && !sound) {
          sound = true;
          throw new Error('pulled the plug');
        }
      },
    };
    await expect(start('wild', { ...wild, ...often }, reporter)).rejects.toThrow('pulled the plug');
    await expect(resumeTraining('wild', { runs, session })).rejects.toThrow(
      /step \d+: .*(NaN|finite).*config\.yaml.*--resume/,
    );
    const run = join(runs, 'wild');
    for (const file of (await readdir(join(run, 'state'))).filter((name) => name.endsWith('.safetensors'))) {
      expect(await isAllFinite(join(run, 'state', file))).toBe(true);
    }
    for (const which of await readdir(join(run, 'checkpoints')).catch(() => [] as string[])) {
      expect(await isAllFinite(join(run, 'checkpoints', which, 'model.safetensors'))).toBe(true);
    }
    const config = join(run, 'config.yaml');
    await rm(join(run, 'state'), { recursive: true });
    await writeFile(config, (await readFile(config, 'utf8')).replace('1e+30', '1e-3'));
    expect((await resumeTraining('wild', { runs, session })).ended).toBe('complete');
  });

  it('advises initial weights only where the run has a checkpoint to start from', async () => {
    const wild = { optimiser: { kind: 'adamw', learningRate: 1e30 }, clipNorm: 0, ema: 0 } as const;
    const flat = { schedule: { kind: 'constant', warmUpSteps: 0 }, validateEvery: 50, saveEvery: 50 } as const;
    const error: Error = await start('nothing-yet', { ...wild, ...flat }).then(
      () => new Error('it went on'),
      (problem) => problem,
    );
    expect(error.message).toMatch(/(NaN|finite).*go on with --resume$/);
    await mkdir(join(runs, 'nothing-yet/checkpoints/last'), { recursive: true });
    await expect(resumeTraining('nothing-yet', { runs, session })).rejects.toThrow(/--resume, or .*--initial-weights/);
  });

  it('says that the disk is full, and goes on to the same bits', async () => {
    let saves = 0;
    const full: TrainingReporter = {
      onSave() {
        saves += 1;
        if (saves === 3) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return {};
      },
    };
    await expect(start('full', {}, full)).rejects.toThrow(/full, step \d+: the disk is full.*--resume/);
    expect(await readdir(join(runs, 'full/checkpoints'))).toEqual(['best', 'last']);
    await resumeTraining('full', { runs, session });
    expect(await weightsOf(join(runs, 'full'))).toEqual(await weightsOf(join(runs, 'whole')));
  });

  it('names the picture that is broken, or leaves it out and says so', async () => {
    const damaged = await writeTinySet(await mkdtemp(join(folder, 'damaged-')));
    await writeFile(join(damaged, 'image/P1.jpg'), 'no picture');
    const options = tinyOptions(damaged);
    await expect(trainInFolder(options, { runs, session, name: 'damaged' })).rejects.toThrow(
      /P1\.jpg.*\(sample .* of /,
    );
    const { broken, ended } = await trainInFolder({ ...options, onBroken: 'skip' }, { runs, session, name: 'skipped' });
    expect(ended).toBe('complete');
    expect(broken).toEqual([expect.stringContaining('P1.jpg')]);
  });

  it('tells once of a picture that is damaged, and uses it', async () => {
    const set = await writeTinySet(await mkdtemp(join(folder, 'partly-')));
    await damageFile(join(set, 'image/P1.jpg'));
    const told: string[] = [];
    const reporter: TrainingReporter = { onDamaged: (message) => told.push(message) };
    const options = { ...tinyOptions(set), cacheMegabytes: 0 };
    expect((await trainInFolder(options, { runs, session, name: 'partly', reporter })).broken).toEqual([]);
    expect(told).toEqual([expect.stringContaining('P1.jpg: the image is damaged')]);
  });

  it('before it began leaves no folder behind', async () => {
    const failing: [Partial<TrainingOptions>, RegExp][] = [
      [{ trainSplit: 'training' }, /no samples in the split training; it has train, val, test.*--train-split/],
      [{ validationSplit: 'dev' }, /no samples in the validation split dev; there are train, val, test/],
      [{ batch: 500 }, /do not fill a batch of 500/],
      [{ freeze: ['backbon.'] }, /no parameter begins with backbon\.; the model has .*backbone/],
      [{ freeze: [''] }, /every parameter is frozen/],
      [{ model: { ...{ model: 'lavt' }, dekoder: 1 } }, /model\.dekoder: there is no such setting/],
      [{ initialWeights: join(folder, 'nothing') }, /neither a shipped model .* nor a folder/],
      [{ data: [{ folder: join(folder, 'nowhere') }] }, /nowhere/],
      [{ loss: { crossEntropy: 0, dice: 0 }, model: { noTarget: false } }, /no term of it applies to this model/],
      [{ device: 'webgpu', threads: 0 } as never, /threads: /],
    ];
    for (const [change, message] of failing) {
      await expect(start('unborn', change), String(message)).rejects.toThrow(message);
      expect(await readdir(runs)).not.toContain('unborn');
    }
    await expect(start('../unborn')).rejects.toThrow(/--name/);
  });

  it('says which set a balance leaves nothing of', async () => {
    const balance = { kinds: { single: 0, multi: 0, none: 1 } };
    const release = (await import('../datasets/testRelease.js')).testRelease();
    const { writeTestRelease } = await import('../datasets/testRelease.js');
    const without = join(folder, 'without-none');
    const references = release.references.filter(({ annotationIds }) => annotationIds.length > 0);
    await writeTestRelease(without, { ...release, references });
    const data = [{ folder: set }, { folder: without }];
    await expect(start('unbalanced', { data, balance })).rejects.toThrow(/without-none: balance leaves none/);
  });
});

describe('settings do what they say', () => {
  it('small batches are renormalised unless it is asked otherwise', async () => {
    const trunk = { ...tinyModel.trunk, norm: 'batch' } as const;
    const once = { model: { ...tinyModel, trunk }, maxSteps: 2, validationSplit: '' } as const;
    const weights: string[] = [];
    for (const batchNorm of ['auto', 'renorm', 'batch'] as const) {
      const { folder: run } = await start(batchNorm, { ...once, batchNorm });
      weights.push(await hashOf(join(run, 'checkpoints/last/model.safetensors')));
    }
    expect(weights[0]).toBe(weights[1]);
    expect(weights[0]).not.toBe(weights[2]);
  });

  const tensorsOf = async (path: string): Promise<Map<string, string>> => {
    const source = await openSafetensors(path);
    const tensors = new Map<string, string>();
    for (const name of source.names) {
      const { shape, data } = await source.read(name);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      tensors.set(name, `${shape}: ${createHash('sha256').update(bytes).digest('hex')}`);
    }
    await source.close();
    return tensors;
  };
  const lastOf = (run: string) => tensorsOf(join(run, 'checkpoints/last/model.safetensors'));

  it('frozen parts stay, the rest moves; several sets mix by weight', async () => {
    const second = await writeTinySet(await mkdtemp(join(folder, 'second-')));
    const data = [
      { folder: set, weight: 1 },
      { folder: second, weight: 0.25 },
    ];
    const { folder: first } = await start('before', {
      data,
      maxSteps: 1,
      optimiser: { kind: 'adamw', learningRate: 0 },
    });
    const freeze = ['text_encoder', 'backbone.stem'];
    let samples = 0;
    const { folder: run } = await start(
      'frozen',
      { data, freeze, maxSteps: 4, ema: 0.5 },
      {
        onStart: (outset) => {
          samples = outset.samples;
        },
      },
    );
    expect(samples).toBe(34);
    const [before, after] = [await lastOf(first), await lastOf(run)];
    for (const [name, value] of after) {
      if (freeze.some((prefix) => name.startsWith(prefix))) expect(value, name).toBe(before.get(name));
    }
    const moved = [...after].filter(([name, value]) => before.get(name) !== value).map(([name]) => name.split('.')[0]);
    expect(new Set(moved)).toEqual(new Set(['backbone', 'classifier', 'no_target']));
  });

  it('batch normalisation of frozen parts keeps its statistics, that of the rest follows the pictures', async () => {
    const model = { ...tinyModel, trunk: { ...tinyModel.trunk, norm: 'batch' } } as const;
    const still = { model, maxSteps: 1, optimiser: { kind: 'adamw', learningRate: 0 } } as const;
    const freeze = ['backbone.stem'];
    const { folder: run } = await start('frozen-statistics', { ...still, freeze });
    const { folder: free } = await start('free-statistics', still);
    const statistics = async (of: string): Promise<string[]> =>
      [...(await lastOf(of))].flatMap(([name, value]) => (name.includes('running_') ? `${name} ${value}` : []));
    const [frozen, followed] = [await statistics(run), await statistics(free)];
    const [stem, rest] = [frozen, followed].map((all) => all.filter((name) => name.startsWith('backbone.stem')));
    expect(stem.length).toBeGreaterThan(0);
    expect(stem.filter((one) => rest.includes(one))).toEqual([]);
    const later = 'backbone.layers.0.downsample';
    expect(frozen.filter((one) => one.startsWith(later)).length).toBeGreaterThan(0);
    const { folder: longer } = await start('frozen-statistics-again', { ...still, freeze, maxSteps: 2 });
    const again = await statistics(longer);
    expect(again.filter((one) => stem.includes(one))).toEqual(stem);
    expect(again.filter((one) => one.startsWith(later))).not.toEqual(frozen.filter((one) => one.startsWith(later)));
  });

  it('initial weights give vocabulary, sizes and every tensor that fits, also at another size of the picture', async () => {
    const from = join(runs, 'whole');
    const taken: unknown[] = [];
    const reporter: TrainingReporter = { onStart: (outset) => void taken.push(outset.taken, outset.model.imageSizePx) };
    const still = { maxSteps: 1, optimiser: { kind: 'adamw', learningRate: 0 }, ema: 0 } as const;
    const model = { imageSizePx: 64 };
    const { folder: run } = await start('tuned', { ...still, model, initialWeights: from }, reporter);
    expect(taken).toEqual([{ taken: expect.any(Number), resized: [], fresh: [] }, 64]);
    const [source, target] = [await tensorsOf(join(from, 'checkpoints/best/model.safetensors')), await lastOf(run)];
    expect([...target.keys()]).toEqual([...source.keys()]);
    const parameters = [...target.keys()].filter((name) => !/running_/.test(name));
    for (const name of parameters) expect(target.get(name), name).toBe(source.get(name));
    expect(await hashOf(join(run, 'checkpoints/last/tokenizer.json'))).toBe(
      await hashOf(join(from, 'checkpoints/best/tokenizer.json')),
    );
  });

  it('a module that is switched off is off', async () => {
    const outsets: { hfim: unknown; ifim: unknown }[] = [];
    const reporter: TrainingReporter = { onStart: ({ model }) => void outsets.push(model) };
    const model = { ...tinyModel, model: 'mrsnet', hfim: { width: 8, layers: 1, heads: 1, grid: 2 } } as const;
    await start('hfim-on', { maxSteps: 1, model }, reporter);
    await start('hfim-off', { maxSteps: 1, model: { ...model, hfim: null, ifim: false } }, reporter);
    expect(outsets.map(({ hfim, ifim }) => [hfim !== null, ifim])).toEqual([
      [true, 'modulated'],
      [false, false],
    ]);
  });

  it('another vocabulary keeps the vectors of the words that both know', async () => {
    const from = join(runs, 'whole');
    const few = { minCount: 3, maxTokens: 40, maxPieces: 10 };
    const { folder: other } = await start('few-words', { maxSteps: 1, vocabulary: few });
    const taken: unknown[] = [];
    const reporter: TrainingReporter = { onStart: (outset) => void taken.push(outset.taken) };
    const still = { maxSteps: 1, optimiser: { kind: 'adamw', learningRate: 0 }, ema: 0 } as const;
    const settings = { ...still, initialWeights: from, vocabulary: { of: other } };
    const { folder: run } = await start('respelt', settings, reporter);
    const table = 'text_encoder.embeddings.word_embeddings.weight';
    expect(taken).toEqual([{ taken: expect.any(Number), resized: [table], fresh: [] }]);
    const rowsOf = async (folder: string, which: string) => {
      const checkpoint = join(folder, 'checkpoints', which);
      const { model } = JSON.parse(await readFile(join(checkpoint, 'tokenizer.json'), 'utf8'));
      const file = await openSafetensors(join(checkpoint, 'model.safetensors'));
      const { data } = await file.read(table);
      await file.close();
      const [, width] = file.shape(table);
      const row = (id: number) => Array.from(data as Float32Array).slice(id * width, (id + 1) * width);
      return new Map(Object.entries<number>(model.vocab).map(([token, id]) => [token, row(id)]));
    };
    const [before, after] = [await rowsOf(from, 'best'), await rowsOf(run, 'last')];
    const common = [...after.keys()].filter((token) => before.has(token));
    expect(common.length).toBeGreaterThan(5);
    expect(after.size).not.toBe(before.size);
    for (const token of common) expect(after.get(token), token).toEqual(before.get(token));
    await expect(start('no-words', { vocabulary: { of: folder } })).rejects.toThrow('neither a shipped model');
  });

  it('weights without a vocabulary get one, and tables of another window are resized', async () => {
    const swin = {
      kind: 'swin',
      width: 8,
      heads: [1, 1, 1, 1],
      depths: [1, 1, 1, 1],
      mlpRatio: 2,
      dropPath: 0,
    } as const;
    const trunk = { ...swin, window: 2, unshiftedInOneWindow: false };
    const options = { model: { ...tinyOptions(set).model, trunk }, maxSteps: 1 };
    const { folder: from } = await start('window-2', options);
    const checkpoint = join(from, 'checkpoints/last');
    await rm(join(checkpoint, 'tokenizer.json'));
    let taken: { taken: number; resized: readonly string[]; fresh: readonly string[] } | null = null;
    const model = { trunk: { window: 3 } };
    const initialWeights = checkpoint;
    await start(
      'window-3',
      { model, maxSteps: 1, initialWeights },
      {
        onStart: (outset) => {
          taken = outset.taken;
        },
      },
    );
    expect(taken).toMatchObject({ fresh: [] });
    expect(taken!.resized).toHaveLength(4);
  });
});

describe('a run by the clock', () => {
  it('ends when its time is up, its learning rate at the end of the schedule', async () => {
    const seconds = 1.5;
    const {
      ended,
      progress,
      folder: run,
    } = await start('clock', {
      maxSteps: null,
      maxMinutes: seconds / 60,
      epochs: 1,
      validateEvery: 1000,
    });
    expect(ended).toBe('complete');
    expect(progress.seconds).toBeGreaterThanOrEqual(seconds);
    const rates = readMetrics(join(run, 'metrics.csv')).flatMap(({ learningRate }) => learningRate ?? []);
    expect(rates.length).toBe(progress.step);
    // Warm-up by steps, then the cosine by the time that has passed.
    expect(rates[0]).toBeLessThan(0.0006);
    expect(rates[rates.length - 1]).toBeLessThan(Math.max(...rates) / 2);
    const again = await resumeTraining('clock', { runs, session });
    expect([again.ended, again.progress.step]).toEqual(['complete', progress.step]);
  });

  it('ends at a number of steps all the same', async () => {
    const { progress } = await start('clock-steps', { maxMinutes: 10, maxSteps: 2 });
    expect(progress.step).toBe(2);
  });
});
