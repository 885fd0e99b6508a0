import { basename } from 'node:path';
import { stringify } from 'yaml';
import { escapeMarkdown, type ScoreResult, scoreNames } from '../evaluation/index.js';
import { scoredSplit, type TrainingConfig } from './trainingConfig.js';
import type { TrainingOutset } from './trainingReporter.js';
import type { TrainingProgress } from './trainingState.js';

const cell = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : value.toFixed(2);

function scoreTable(scores: ScoreResult): string {
  const names = scoreNames[scores.protocol];
  const rows = [
    ['all', scores.all] as const,
    ...Object.entries(scores.kind).filter(([, entry]) => entry.samples > 0),
    ...Object.entries(scores.category),
  ];
  return [
    `| ${scores.protocol} | samples | ${names.join(' | ')} |`,
    `| --- | ---: | ${names.map(() => '---:').join(' | ')} |`,
    ...rows.map(
      ([name, entry]) =>
        `| ${escapeMarkdown(name)} | ${entry.samples} | ${names.map((key) => cell(entry[key])).join(' | ')} |`,
    ),
  ].join('\n');
}

/**
 * The model card of a checkpoint, `README.md` with a YAML head as Hugging Face reads it: what it was trained on and how,
 * how it scores, and what nobody has looked at.
 */
export function modelCard(
  run: {
    readonly name: string;
    readonly version: string;
    readonly config: TrainingConfig;
    readonly outset: TrainingOutset;
  },
  progress: TrainingProgress,
  scores: ScoreResult | null,
): string {
  const { name, version, config, outset } = run;
  const { model } = outset;
  const datasets = config.data.map(({ folder }) => basename(folder));
  const head = {
    ...(config.licence === null ? {} : { license: config.licence }),
    library_name: 'refersat',
    tags: ['referring-segmentation', 'remote-sensing', model.model],
    datasets,
    metrics: [...scoreNames[config.protocol].slice(0, 2)],
    ...(config.language === 'all' ? {} : { language: [config.language] }),
  };
  const hours = progress.seconds / 3600;
  const facts = [
    `- Model: ${model.model}, preset ${model.preset}, ${(outset.parameters / 1e6).toFixed(2)} M parameters, input ${model.imageSizePx} x ${model.imageSizePx} px, sentences of at most ${model.maxWords} tokens`,
    `- Data: ${config.data.map(({ folder, weight }) => `${basename(folder)} (weight ${weight})`).join(', ')}, split ${config.trainSplit}; validated on ${outset.validationSamples === 0 ? 'nothing' : `${scoredSplit(config)} (${outset.validationSamples} samples)`}`,
    `- Training: step ${progress.step}${outset.totalSteps === null ? '' : ` of ${outset.totalSteps}`}, batch ${config.batch} x ${config.accumulate}, seed ${config.seed}, ${hours >= 1 ? `${hours.toFixed(1)} hours` : `${(hours * 60).toFixed(1)} minutes`} of training, device ${config.device}`,
    `- Begins with: ${config.initialWeights === null ? 'random weights' : basename(config.initialWeights)}`,
    `- Weights: ${config.ema > 0 ? `moving average (decay ${config.ema})` : 'of the last step'}`,
    `- Licence of the weights: ${config.licence ?? 'not stated; the licences of the data apply'}`,
    `- Words that it was trained on: \`words.txt\``,
    `- Made by refersat ${version}; all settings: \`config.yaml\` of the run`,
  ];
  return [
    `---\n${stringify(head)}---`,
    `# ${name}`,
    `Referring segmentation of aerial pictures: a picture and a sentence in, the mask of what was meant out.`,
    facts.join('\n'),
    '## Scores',
    scores
      ? `On the validation samples, in percent, prediction and truth at 480 x 480:\n\n${scoreTable(scores)}`
      : 'Not validated.',
    'These samples chose the checkpoint: a split that nobody has looked at gives a fairer figure (`refersat eval`), and the controls (`--control`) show whether the model reads its sentence.',
    '## Use',
    `\`\`\`\nrefersat segment picture.png "the red car" --model FOLDER\n\`\`\``,
    '',
  ].join('\n\n');
}
