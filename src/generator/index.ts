export { categoryWord } from './categoryWord.js';
export {
  createTally,
  type DescribeOptions,
  defaultMix,
  describeScene,
  type GeneratedSentence,
  type Mix,
  type Tally,
} from './describe.js';
export { evaluate, type Meaning } from './evaluate.js';
export { type GenerateOptions, generateFromDataset, generateScenes } from './generate.js';
export type { Form } from './logicalForm.js';
export { type Construct, constructs, constructsOf } from './propose.js';
export { type ColourName, colourNames, type RenderedScene, type Scene, type SceneObject } from './scene.js';
export type { GeneratedSummary, SplitShares } from './writeGenerated.js';
