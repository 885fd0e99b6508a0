import { resolve } from 'node:path';
import { z } from 'zod';
import { UsageError, UserError } from '../errors/index.js';
import type { Construct, GeneratedSummary, GenerateOptions, Mix, SplitShares } from '../generator/index.js';
import { defineCommand } from './command.js';
import { listOf } from './datasetFlags.js';
import type { CommandIo } from './io.js';

const schema = z
  .object({
    from: z.string().optional(),
    scenes: z.coerce.number().int().positive().max(10_000_000).optional(),
    out: z.string({ error: 'give a folder for the release' }).min(1, 'give a folder for the release'),
    seed: z.coerce.number().int().default(1),
    sentences: z.coerce.number().int().positive().max(1000).default(5),
    languages: z.string().default('en,zh'),
    kinds: z.string().optional(),
    mix: z.string().optional(),
    minArea: z.coerce.number().nonnegative().optional(),
    clippedTargets: z.boolean().default(true),
    annotations: z.enum(['targets', 'all']).default('targets'),
    splits: z.string().default('train=0.8,val=0.1,test=0.1'),
    keepSplits: z.boolean().default(false),
    cover: z.string().optional(),
    incomplete: z.string().optional(),
    colours: z.boolean().default(true),
    images: z.enum(['copy', 'link']).default('copy'),
    format: z.string().optional(),
    size: z.coerce.number().int().min(64).max(4096).default(512),
    workers: z.coerce.number().int().positive().max(256).optional(),
    json: z.boolean().default(false),
  })
  .strict();

/** `name=share,name=share`; a bare name has the share 1. */
function readShares(text: string, flag: string): Map<string, number> {
  const shares = new Map<string, number>();
  for (const part of listOf(text)) {
    const [name, value = '1', ...more] = part.split('=').map((word) => word.trim());
    const share = Number(value);
    if (name === '' || value === '' || more.length > 0 || !Number.isFinite(share) || share < 0) {
      throw new UsageError(`${flag}: '${part}' is not a name with a share; write for example ${flag} single=3,multi=1`);
    }
    shares.set(name, share);
  }
  return shares;
}

function readSplits(text: string): SplitShares {
  const splits = [...readShares(text, '--splits')].map(([name, share]) => ({ name, share }));
  const wrong = splits.find(({ name }) => !/^[A-Za-z][A-Za-z0-9_-]*$/.test(name));
  if (wrong)
    throw new UsageError(`--splits: '${wrong.name}' is no name for a split; write --splits train=0.8,test=0.2`);
  if (!splits.some(({ share }) => share > 0)) throw new UsageError('--splits: no split has a share above 0');
  return splits;
}

/** The mix asked for: `--kinds` and `--languages` choose and weigh, `--mix` weighs constructs. */
async function readMix(options: z.output<typeof schema>): Promise<Mix> {
  const { constructs, defaultMix } = await import('../generator/index.js');
  const chosen = <Name extends string>(
    text: string | undefined,
    flag: string,
    defaults: Readonly<Record<Name, number>>,
    onlyNamed: boolean,
  ): Record<Name, number> => {
    if (text === undefined) return { ...defaults };
    const names = Object.keys(defaults) as Name[];
    const shares = readShares(text, flag);
    for (const name of shares.keys()) {
      if (!names.includes(name as Name)) throw new UsageError(`${flag}: no '${name}'; known are ${names.join(', ')}`);
    }
    const entries = names.map((name) => [name, shares.get(name) ?? (onlyNamed ? 0 : defaults[name])]);
    const result = Object.fromEntries(entries) as Record<Name, number>;
    if (names.every((name) => result[name] === 0)) throw new UsageError(`${flag}: every share is 0; nothing is left`);
    return result;
  };
  return {
    kinds: chosen(options.kinds, '--kinds', defaultMix.kinds, true),
    languages: chosen(options.languages, '--languages', defaultMix.languages, true),
    constructs: chosen<Construct>(
      options.mix,
      '--mix',
      Object.fromEntries(constructs.map((name) => [name, 1])) as Record<Construct, number>,
      false,
    ),
  };
}

function report(summary: GeneratedSummary, out: string, json: boolean, io: CommandIo, extra: object): void {
  if (json) {
    io.stdout.write(`${JSON.stringify({ out, ...summary, ...extra })}\n`);
    return;
  }
  const of = (label: string): string => {
    const parts = Object.entries(summary.counts)
      .filter(([name]) => name.startsWith(`${label} `))
      .map(([name, value]) => `${name.slice(label.length + 1)} ${value}`);
    return parts.join(', ');
  };
  const splits = Object.entries(summary.splits).map(([name, value]) => `${name} ${value}`);
  io.stdout.write(
    [
      `${out}: ${summary.images} images, ${summary.sentences} sentences about ${summary.targets} of ${summary.objects} objects`,
      `  kinds      ${of('kind')}`,
      `  languages  ${of('language')}`,
      `  splits     ${splits.join(', ')} images`,
      '',
    ].join('\n'),
  );
  if (summary.withoutSentence > 0) {
    io.stderr.write(`${summary.withoutSentence} pictures are left out: nothing clear can be said about them\n`);
  }
}

/** `refersat generate`: referring data from any annotated set, or from synthetic scenes. */
export const generateCommand = defineCommand({
  path: 'generate',
  summary: 'Make a referring dataset in the form of NWPU-Refer from annotated imagery or from synthetic scenes.',
  flags: [
    { flags: '--from <dir>', description: 'a dataset with instance masks: COCO, or any release refersat reads' },
    { flags: '--scenes <count>', description: 'render this many synthetic scenes instead' },
    { flags: '--out <dir>', description: 'a new folder for the release' },
    { flags: '--seed <number>', description: 'the same seed gives the same bytes (default 1)' },
    { flags: '--sentences <count>', description: 'sentences wanted per picture (default 5)' },
    { flags: '--languages <list>', description: 'en, zh or shares of both, such as en=3,zh=1 (default en,zh)' },
    { flags: '--kinds <list>', description: 'kinds with shares (default single=0.5,multi=0.34,none=0.16)' },
    { flags: '--mix <list>', description: 'shares of what sentences rest on, such as relation=2,ordinal=0' },
    {
      flags: '--min-area <pixels>',
      description: 'smallest thing that may be meant (default by the picture, 36 or more)',
    },
    { flags: '--no-clipped-targets', description: 'never mean things that the border cuts' },
    {
      flags: '--annotations <which>',
      description: 'outline the things that sentences mean (targets, default) or all things',
    },
    { flags: '--splits <list>', description: 'shares of the pictures (default train=0.8,val=0.1,test=0.1)' },
    { flags: '--keep-splits', description: "keep the source's own splits (--from)" },
    {
      flags: '--cover <list>',
      description: 'categories that are land cover, not instances (--from; default: found by looking)',
    },
    {
      flags: '--incomplete <list>',
      description: 'categories not labelled everywhere: never said to be absent (--from)',
    },
    { flags: '--no-colours', description: 'do not name colours from pixels (--from)' },
    { flags: '--images <way>', description: 'copy pictures, or link them (--from; default copy)' },
    { flags: '--format <name>', description: 'the format of --from, where a folder could be read as several' },
    { flags: '--size <pixels>', description: 'side of a scene (--scenes; default 512)' },
    { flags: '--workers <count>', description: 'threads that render (--scenes; default: the cores)' },
    { flags: '--json', description: 'print the counts as JSON' },
  ],
  help: `Examples:
  refersat generate --from my-coco-set --out my-refer
  refersat generate --scenes 2000 --seed 7 --out synthetic

Beside the release, scenes.json holds every scene's objects and each sentence's logical form.`,
  schema,
  async run(options, io) {
    if ((options.from === undefined) === (options.scenes === undefined)) {
      throw new UsageError('give either --from <dir> or --scenes <count>');
    }
    const out = resolve(io.workingFolder, options.out);
    const { generateFromDataset, generateScenes } = await import('../generator/index.js');
    const { openDataset, refuseOverwrite } = await import('../datasets/index.js');
    await refuseOverwrite(out);
    const shared: GenerateOptions = {
      out,
      seed: options.seed,
      sentences: options.sentences,
      mix: await readMix(options),
      splits: readSplits(options.splits),
      minAreaPx: options.minArea,
      clippedTargets: options.clippedTargets,
      annotations: options.annotations,
      stderr: io.stderr,
      signal: io.signal,
    };
    if (options.scenes !== undefined) {
      const { size, workers } = options;
      const summary = await generateScenes({ ...shared, scenes: options.scenes, sizePx: size, workers });
      report(summary, out, options.json, io, {});
      return 0;
    }
    const dataset = await openDataset(resolve(io.workingFolder, options.from ?? ''), { format: options.format });
    if (dataset.images.length === 0) throw new UserError(`${options.from}: the set has no pictures`);
    const { leftOut, cover, ...summary } = await generateFromDataset(dataset, {
      ...shared,
      keepSplits: options.keepSplits,
      cover: options.cover === undefined ? undefined : listOf(options.cover),
      incomplete: options.incomplete === undefined ? undefined : listOf(options.incomplete),
      colours: options.colours,
      images: options.images,
    });
    if (dataset.samples.length > 0) {
      io.stderr.write(
        `${dataset.format} outlines the things that its own sentences mean; where it leaves others out, "the" and "all" may be wrong\n`,
      );
    }
    if (cover.length > 0) io.stderr.write(`land cover, not instances: ${cover.join(', ')} (--cover changes it)\n`);
    for (const { reason } of leftOut.slice(0, 5)) io.stderr.write(`left out: ${reason}\n`);
    if (leftOut.length > 5) io.stderr.write(`left out: ${leftOut.length - 5} more pictures\n`);
    report(summary, out, options.json, io, { cover, leftOut: leftOut.map(({ reason }) => reason) });
    return 0;
  },
});
