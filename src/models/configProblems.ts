import type { ModelConfig } from './config.js';

/** One setting that does not go with the others, and what it needs. */
export interface ConfigProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A map of the deepest stage is a 32nd of the image's side: below that there is none. */
const smallestSidePx = 32;

/** [CLS], a word, [SEP]. */
const fewestWords = 3;

/** Channels of each stage of the trunk. */
export function stageWidths(trunk: ModelConfig['trunk']): number[] {
  if (trunk.kind === 'convolutional') return trunk.widths;
  return trunk.depths.map((_, stage) => trunk.width * 2 ** stage);
}

function headProblem(path: ConfigProblem['path'], heads: number, width: number, what: string): ConfigProblem[] {
  if (width % heads === 0) return [];
  return [{ path, message: `${heads} heads do not divide ${what} of ${width}; take a divisor of it` }];
}

function trunkProblems({ trunk }: ModelConfig): ConfigProblem[] {
  if (trunk.kind === 'convolutional') return [];
  const heads = stageWidths(trunk).flatMap((width, stage) =>
    headProblem(['trunk', 'heads', stage], trunk.heads[stage], width, 'the width'),
  );
  const isEmpty = Math.floor(trunk.width * trunk.mlpRatio) < 1;
  const message = `${trunk.mlpRatio} of a width of ${trunk.width} leaves no hidden channel; take more, 4 is usual`;
  return isEmpty ? [...heads, { path: ['trunk', 'mlpRatio'], message }] : heads;
}

function textProblems({ text, maxWords }: ModelConfig): ConfigProblem[] {
  const heads = headProblem(['text', 'heads'], text.heads, text.width, 'the width');
  if (maxWords < fewestWords)
    return [...heads, { path: ['maxWords'], message: `${maxWords} has no room for a word between [CLS] and [SEP]` }];
  if (maxWords <= text.maxPositions) return heads;
  const message = `${maxWords} tokens, but text.maxPositions gives positions to ${text.maxPositions}; lower it or raise those`;
  return [...heads, { path: ['maxWords'], message }];
}

/** What each network divides the stages' widths by. */
function widthProblems({ model, trunk, decoder }: ModelConfig): ConfigProblem[] {
  const widths = stageWidths(trunk);
  const deepest = widths[widths.length - 1];
  const path = trunk.kind === 'convolutional' ? ['trunk', 'widths'] : ['trunk', 'width'];
  const problem = (message: string): ConfigProblem[] => [{ path, message }];
  const problems: ConfigProblem[] = [];
  if (decoder.width === undefined && deepest % 2 !== 0) {
    const message = `has to be set, since the half of the deepest width, ${deepest}, is no whole number`;
    problems.push({ path: ['decoder', 'width'], message });
  }
  const quarters = widths.map((width) => Math.floor(width / 4));
  const total = widths.reduce((sum, width) => sum + width, 0);
  const isUneven = quarters.includes(0) || quarters.reduce((sum, width) => sum + width, 0) !== Math.floor(total / 4);
  if (model === 'rmsin' && isUneven)
    problems.push(...problem(`rmsin quarters the widths ${widths.join(', ')}; take multiples of 4`));
  if (model === 'lgce' && deepest % 2 !== 0)
    problems.push(...problem(`lgce halves the deepest width, ${deepest}; take an even one`));
  // Below 32 channels SBANet's selection has 8 hidden ones, whatever the width.
  if (model === 'sbanet' && widths.some((width) => width > 32 && width % 4 !== 0))
    problems.push(...problem(`sbanet quarters widths above 32, of ${widths.join(', ')}; take multiples of 4`));
  return problems;
}

function fusionProblems({ model, trunk, fusionHeads, languageGates, hfim }: ModelConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  // SBANet has an alignment in place of the pixel-word attention.
  if (model !== 'sbanet') {
    for (const [stage, width] of stageWidths(trunk).entries())
      problems.push(...headProblem(['fusionHeads', stage], fusionHeads[stage], width, "the stage's width"));
  }
  if (!languageGates && (model === 'rmsin' || model === 'sbanet')) {
    const message = `${model} is not made without; leave it true, or take lavt, lgce or mrsnet`;
    problems.push({ path: ['languageGates'], message });
  }
  if (model === 'mrsnet' && hfim && hfim.kind !== 'exchange')
    problems.push(...headProblem(['hfim', 'heads'], hfim.heads, hfim.width, 'its width'));
  return problems;
}

function readingProblems({ reading, prior }: ModelConfig): ConfigProblem[] {
  if (!reading || prior) return [];
  return [{ path: ['reading'], message: 'needs the classes of a prior; set prior, or leave reading null' }];
}

function sizeProblems({ imageSizePx }: ModelConfig): ConfigProblem[] {
  if (imageSizePx >= smallestSidePx) return [];
  const message = `${imageSizePx} px is too small; at least ${smallestSidePx}, best a multiple of that`;
  return [{ path: ['imageSizePx'], message }];
}

/** What keeps a config, each of whose settings is of its type, from making a model; empty where nothing does. */
export function configProblems(config: ModelConfig): ConfigProblem[] {
  return [
    ...sizeProblems(config),
    ...textProblems(config),
    ...trunkProblems(config),
    ...widthProblems(config),
    ...fusionProblems(config),
    ...readingProblems(config),
  ];
}
