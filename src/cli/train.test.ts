import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { tinyOptions, writeTinySet } from '../training/testRun.js';
import { runForTest } from './testIo.js';
import { trainCommand } from './train.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-cli-train-'));
  await writeTinySet(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (words: readonly string[], signal?: AbortSignal) =>
  runForTest([trainCommand], ['train', ...words], { workingFolder: folder, signal });

describe('--print-config', () => {
  it('writes every setting with its meaning, and reads what it wrote', async () => {
    const { code, stdout } = await train(['--print-config']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^batch: 16 # samples a batch$/m);
    expect(stdout).toMatch(/^ {2}dice: 1 # Dice of the object/m);
    const settings = Object.entries(parse(stdout) as Record<string, unknown>);
    for (const [name, value] of settings) {
      const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
      const line = new RegExp(isNested ? `^#.*\\n${name}:` : `(^#.*\\n${name}:|^${name}:.* # )`, 'm');
      expect(stdout, `a comment for ${name}`).toMatch(line);
    }
    await writeFile(join(folder, 'all.yaml'), stdout);
    expect((await train(['--config', 'all.yaml', '--print-config'])).stdout).toBe(
      stdout.replace('path/to/dataset', join(folder, 'path/to/dataset')),
    );
  });

  it('takes flags over a file over defaults; one setting of a part leaves the rest of it', async () => {
    await writeFile(join(folder, 'some.json'), JSON.stringify({ batch: 4, seed: 7, loss: { noTarget: 0.5 } }));
    const words = ['--config', 'some.json', '--seed', '8', '--learning-rate', '1e-4', '--freeze', 'text_encoder'];
    const more = [
      '--set',
      'augment=null',
      'balance.small=2',
      '--data',
      'ships=0.5',
      'scenes',
      '--validation-split',
      '',
    ];
    const { stdout } = await train([...words, ...more, '--print-config']);
    expect(parse(stdout)).toMatchObject({
      data: [
        { folder: join(folder, 'ships'), weight: 0.5 },
        { folder: join(folder, 'scenes'), weight: 1 },
      ],
      batch: 4,
      seed: 8,
      validationSplit: '',
      freeze: ['text_encoder'],
      augment: null,
      balance: { small: 2, categories: 0 },
      loss: { crossEntropy: 1, dice: 1, noTarget: 0.5 },
      optimiser: { kind: 'adamw', learningRate: 1e-4, weightDecay: 0.05 },
    });
  });

  it('takes classes of a prior that are left to the data', async () => {
    const words = ['--data', 'ships', '--set', 'model.prior={classes: []}', 'model.text.layers=3', '--print-config'];
    const { stdout } = await train(words);
    expect(parse(stdout)).toMatchObject({ model: { prior: { classes: [] }, text: { layers: 3 } } });
  });
});

describe('--optimiser', () => {
  it('takes rate and decay of a file over, and leaves what the other kind has', async () => {
    const optimiser = { kind: 'adamw', learningRate: 3e-4, weightDecay: 0.1, amsgrad: true };
    await writeFile(join(folder, 'adamw.json'), JSON.stringify({ data: ['ships'], optimiser }));
    const { stdout } = await train(['--config', 'adamw.json', '--optimiser', 'muon', '--print-config']);
    expect(parse(stdout).optimiser).toMatchObject({
      kind: 'muon',
      learningRate: 3e-4,
      weightDecay: 0.1,
      momentum: 0.95,
    });
    const more = ['--set', 'optimiser.momentum=0.9', 'optimiser.kind=muon', '--print-config'];
    const set = await train(['--config', 'adamw.json', '--optimiser', 'sgd', ...more]);
    expect(parse(set.stdout).optimiser).toMatchObject({ kind: 'muon', learningRate: 3e-4, momentum: 0.9 });
    await writeFile(
      join(folder, 'muon.json'),
      JSON.stringify({ data: ['ships'], optimiser: { kind: 'muon', momentum: 0.8 } }),
    );
    for (const quoted of [
      ['--set', 'optimiser.kind="muon"'],
      ['--optimiser', '"muon"'],
    ]) {
      const { stdout: kept } = await train(['--config', 'muon.json', ...quoted, '--print-config']);
      expect(parse(kept).optimiser).toMatchObject({ kind: 'muon', momentum: 0.8 });
    }
    const { stdout: same } = await train(['--config', 'adamw.json', '--optimiser', 'adamw', '--print-config']);
    expect(parse(same).optimiser).toMatchObject(optimiser);
  });

  it("gives SGD a decay of its own: AdamW's is taken from the weights, SGD's added to the gradient", async () => {
    await writeFile(
      join(folder, 'decayed.json'),
      JSON.stringify({ data: ['ships'], optimiser: { kind: 'adamw', learningRate: 3e-4, weightDecay: 0.1 } }),
    );
    const { stdout: alone } = await train(['--data', 'ships', '--optimiser', 'sgd', '--print-config']);
    expect(parse(alone).optimiser).toMatchObject({ kind: 'sgd', learningRate: 1e-3, weightDecay: 1e-4 });
    const { stdout: over } = await train(['--config', 'decayed.json', '--optimiser', 'sgd', '--print-config']);
    expect(parse(over).optimiser).toMatchObject({ kind: 'sgd', learningRate: 3e-4, weightDecay: 1e-4 });
  });
});

describe('settings that do not fit', () => {
  const wrong: readonly [readonly string[], number, RegExp][] = [
    [[], 2, /--data DIR/],
    [['--data', 'set', '--batch', '0'], 2, /--batch 0: Too small.*--print-config/],
    [['--data', 'set', '--optimiser', 'lion'], 2, /--optimiser lion: .*muon/],
    [['--data', 'set', '--schedule', 'linear'], 2, /--schedule linear: .*poly/],
    [['--data', 'set', '--learning-rate', 'abc'], 2, /--learning-rate abc: .*number/],
    [['--data', 'set', '--preset', 'foo'], 2, /--preset foo: .*nano/],
    [['--data', 'set', '--set', 'learningrate=1'], 2, /--set learningrate=1: there is no such setting.*--print-config/],
    [['--data', 'set', '--set', 'loss.dyce=1'], 2, /--set loss\.dyce=1: there is no such setting/],
    [['--data', 'set', '--set', 'loss={dyce: 1}'], 2, /--set loss=\{dyce: 1\}: dyce: there is no such setting/],
    [['--data', 'set', '--set', 'loss.dice=much'], 2, /--set loss\.dice=much: .*number/],
    [
      ['--data', 'set', '--set', 'loss={crossEntropy: 0, dice: 0, noTarget: 0}'],
      2,
      /--set loss=.*: every term has the weight 0/,
    ],
    [['--data', 'set', '--image-size', '16'], 2, /--image-size 16: 16 px is too small/],
    [['--data', 'set', '--set', 'model.decoder.widht=3'], 2, /--set model\.decoder\.widht=3: there is no such setting/],
    [['--data', 'set', '--set', 'model.text.heads=5'], 2, /--set model\.text\.heads=5: 5 heads do not divide/],
    [['--data', 'set', '--set', 'model.text.width=90'], 2, /--set model\.text\.width=90: model\.text\.heads: 4 heads/],
    [['--config', 'small.yaml'], 1, /small\.yaml: model\.imageSizePx: 16 px is too small/],
    [['--config', 'small.yaml', '--seed', '2'], 1, /small\.yaml: model\.imageSizePx: 16 px is too small/],
    [['--data', 'set', 'gen=0'], 2, /--data gen=0: weight: Too small/],
    [['--data', 'set', '--name', '../evil'], 2, /--name \.\.\/evil: letters, digits/],
    [
      ['--data', 'set', '--set', '__proto__.batch=3'],
      2,
      /^refersat: --set __proto__\.batch=3: there is no such setting/,
    ],
    [['--data', 'set', '--runs', 'list.yaml'], 1, /list\.yaml: is a file, or lies in one; .*--runs/],
    [['--config', 'wrong.yaml'], 1, /wrong\.yaml: loss\.dyce: there is no such setting; wrong\.yaml: device: .*cuda/],
    [['--config', 'wrong.yaml', '--device', 'cpu', '--set', 'loss={}'], 1, /nowhere/],
    [['--config', 'wrong.yaml', '--batch', '0'], 2, /--batch 0: Too small.*; wrong\.yaml: loss\.dyce: there/],
    [['--config', 'wrong.yaml', '--print-config'], 1, /wrong\.yaml: device: /],
    [['--data', 'set', '--set', 'dice'], 2, /expected setting=value/],
    [['--data', 'set', '--set', 'freeze=[a'], 2, /--set freeze=\[a: cannot be read/],
    [['--data', 'set', '--device', 'gpu'], 2, /--device gpu: .*cuda/],
    [['--data', 'set', '--model', 'unet'], 2, /--model unet: .*mrsnet/],
    [['--config', 'missing.yaml'], 1, /missing\.yaml: cannot be read \(ENOENT\)/],
    [['--config', 'list.yaml'], 1, /list\.yaml: expected settings as name: value/],
    [['--config', 'broken.yaml'], 1, /broken\.yaml: is neither YAML nor JSON/],
    [['--data', 'nowhere'], 1, /nowhere/],
    [['--data', 'set', '--train-split', 'training'], 1, /no samples in the split training; it has train, val, test/],
    [['--resume', 'nothing'], 1, /nothing: is no training run/],
    [['--resume', 'nothing', '--batch', '4'], 2, /leave out --batch/],
    [['--resume', 'nothing', '--data', 'set'], 2, /leave out --data/],
    [['--resume', 'nothing', '--print-config'], 2, /leave out --print-config/],
  ];
  for (const [words, code, message] of wrong) {
    it(`end with ${code}: ${words.join(' ') || 'nothing'}`, async () => {
      await writeFile(join(folder, 'list.yaml'), '- a\n- b\n');
      await writeFile(join(folder, 'wrong.yaml'), 'data: [nowhere]\ndevice: gpu\nloss: {dyce: 1}\n');
      await writeFile(join(folder, 'small.yaml'), 'data: [nowhere]\nmodel: {imageSizePx: 16}\n');
      await writeFile(join(folder, 'broken.yaml'), 'a: [1,\nb: }');
      const result = await train(words);
      expect(result.stderr).toMatch(message);
      expect(result.stderr).not.toContain('--debug');
      expect(result.code).toBe(code);
    });
  }
});

describe('a run', () => {
  it('from a YAML file shows what goes on, stops by Ctrl-C, and goes on to its end', async () => {
    const settings = { ...tinyOptions('set', { maxSteps: 4 }), data: ['set'], augment: null };
    await writeFile(join(folder, 'tiny.yaml'), stringify(settings));
    const stop = new AbortController();
    stop.abort(new Error('stopped by Ctrl-C'));
    const first = await train(['--config', 'tiny.yaml', '--name', 'one'], stop.signal);
    expect(first.stderr).toContain('saved; go on with: refersat train --resume');
    expect(first.code).toBe(130);
    const again = await train(['--config', 'tiny.yaml', '--name', 'one']);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('never overwritten')]);
    const { code, stdout, stderr } = await train(['--resume', 'one']);
    expect(stderr).toMatch(/^lavt nano: 0\.\d\d M parameters, 32 px; 17 samples an epoch, 4 steps$/m);
    expect(stderr).toMatch(/^validation at step 4: 9 samples, gIoU [\d.]+, cIoU [\d.]+.*\(best\)$/m);
    expect(stdout).toMatch(/^complete at step 4, best score [\d.]+; waited for data [\d.]+% of the time$/m);
    expect(stdout).toContain(`run: ${join(folder, 'runs/one')}`);
    expect(code).toBe(0);
  });

  it('with --json writes one object a line; initial weights and pictures left out are told', async () => {
    const damaged = await writeTinySet(await mkdtemp(join(folder, 'damaged-')));
    await writeFile(join(damaged, 'image/P1.jpg'), 'no picture');
    const words = ['--data', damaged, '--initial-weights', 'runs/one', '--on-broken', 'skip', '--batch', '2'];
    const { code, stdout, stderr } = await train([...words, '--max-steps', '9', '--threads', '1', '--json']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ event }) => event)).toEqual(['start', 'validation', 'validation', 'end']);
    expect(lines[0].taken).toMatchObject({ resized: [], fresh: [] });
    expect(lines[3]).toMatchObject({ ended: 'complete', broken: [expect.stringContaining('P1.jpg')] });
    expect(stderr).toContain('left out 1 pictures');
    expect(await readFile(join(lines[3].folder, 'config.yaml'), 'utf8')).toContain('refersat train --resume');
    expect(code).toBe(0);
  });
});
