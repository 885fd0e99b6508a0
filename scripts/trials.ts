/**
 * Trains variants of the models under one budget and compares them on the validation split: the ablation of
 * docs/mrsnet.md. Finished trials are kept and skipped, a stopped one goes on, so the command may be given again.
 *
 *   npx tsx scripts/trials.ts --data DIR[=SHARE] [DIR[=SHARE]...] --steps 1500 --size 128 --seeds 1,2
 *
 *   --config FILE     settings of the training (recipes/trials.yaml), alike for all variants
 *   --variants LIST   names of the table below (default: all)
 *   --batch N         default 8; --threads N: default 1; --runs FOLDER: default runs/trials
 *   --validation N    samples of the validation split (default 600)
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { weightedFolder } from '../src/cli/weightedFolder.js';
import { type ScoreResult, scoreNames } from '../src/evaluation/index.js';
import { writeFileAtomic } from '../src/files/index.js';
import { presets } from '../src/models/index.js';
import { configFromText, resumeTraining, type TrainingReporter, trainInFolder } from '../src/training/index.js';

const { hfim } = presets.nano;

/** Settings of the model that each variant changes, none left to those of the initial weights. */
const variants: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  lavt: { model: 'lavt' },
  lgce: { model: 'lgce' },
  rmsin: { model: 'rmsin' },
  sbanet: { model: 'sbanet' },
  'mrsnet-none': { model: 'mrsnet', ifim: false, hfim: null },
  'mrsnet-ifim': { model: 'mrsnet', ifim: 'modulated', hfim: null },
  'mrsnet-hfim': { model: 'mrsnet', ifim: false, hfim },
  mrsnet: { model: 'mrsnet', ifim: 'modulated', hfim },
  'mrsnet-first-form': {
    model: 'mrsnet',
    ifim: true,
    hfim: { kind: 'grid', width: 128, layers: 2, heads: 4, grid: 8 },
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', multiple: true, default: [] },
    variants: { type: 'string', default: Object.keys(variants).join(',') },
    steps: { type: 'string', default: '1500' },
    size: { type: 'string', default: '128' },
    seeds: { type: 'string', default: '1' },
    batch: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
    runs: { type: 'string', default: 'runs/trials' },
    validation: { type: 'string', default: '600' },
    config: { type: 'string' },
  },
});

/** What every variant has: the network as its paper describes it, without this project's parts that any model may have. */
const bare = {
  preset: 'nano' as const,
  noTarget: true,
  maxWords: 28,
  prior: null,
  selection: null,
  refinement: null,
  evidence: false,
  languageGates: true,
  reading: null,
};

/** What one trial found, as its folder keeps it. */
interface Trial {
  readonly variant: string;
  readonly seed: number;
  readonly parameters: number;
  /** Processor seconds of the whole trial, validation included. */
  readonly processorSeconds: number;
  readonly scores: ScoreResult;
}

const folders = [...values.data, ...positionals];
const settings = values.config ? configFromText(readFileSync(values.config, 'utf8'), values.config) : {};

async function runTrial(variant: string, seed: number): Promise<Trial> {
  const name = `${variant}-${seed}`;
  const record = join(values.runs, name, 'trial.json');
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8')) as Trial;
  const before = process.cpuUsage();
  let parameters = 0;
  let scores: ScoreResult | null = null;
  const reporter: TrainingReporter = {
    onStart: (start) => {
      parameters = start.parameters;
    },
    onValidation: (validation) => {
      scores = validation.scores;
    },
  };
  const run = { runs: values.runs, reporter };
  if (existsSync(join(values.runs, name))) await resumeTraining(name, run);
  else {
    await trainInFolder(
      {
        ...settings,
        data: folders.map(weightedFolder),
        model: { ...bare, imageSizePx: Number(values.size), ...variants[variant] },
        language: 'en',
        batch: Number(values.batch),
        maxSteps: Number(values.steps),
        validateEvery: Number(values.steps),
        validationSamples: Number(values.validation),
        threads: Number(values.threads),
        seed,
      },
      { ...run, name },
    );
  }
  if (scores === null) throw new Error(`${name}: no validation; is there a split val?`);
  const { user, system } = process.cpuUsage(before);
  const trial: Trial = { variant, seed, parameters, processorSeconds: (user + system) / 1e6, scores };
  await writeFileAtomic(record, JSON.stringify(trial));
  return trial;
}

if (folders.length === 0) throw new Error('name at least one data set: --data DIR');
const names = scoreNames.gres.slice(0, 5);
process.stdout.write(`| variant | seed | parameters | processor s | ${names.join(' | ')} | gIoU of targets |\n`);
process.stdout.write(`| --- | ---: | ---: | ---: | ${names.map(() => '---:').join(' | ')} | ---: |\n`);
for (const seed of values.seeds.split(',').map(Number)) {
  for (const variant of values.variants.split(',')) {
    if (!(variant in variants)) throw new Error(`${variant}: known are ${Object.keys(variants).join(', ')}`);
    const { parameters, processorSeconds, scores } = await runTrial(variant, seed);
    const { single, multi } = scores.kind;
    const targets =
      ((single.gIoU ?? 0) * single.samples + (multi.gIoU ?? 0) * multi.samples) / (single.samples + multi.samples);
    const cells = names.map((name) => scores.all[name]?.toFixed(1) ?? '-');
    process.stdout.write(
      `| ${variant} | ${seed} | ${(parameters / 1e6).toFixed(2)} M | ${processorSeconds.toFixed(0)} | ${cells.join(' | ')} | ${targets.toFixed(1)} |\n`,
    );
  }
}
