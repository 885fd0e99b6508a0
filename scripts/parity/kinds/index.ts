import type { Kind } from '../kind.js';
import { adamw } from './adamw.js';
import { crossEntropyLoss, dice, rmsinLoss } from './losses.js';
import { modelKinds } from './models.js';
import { operators } from './operators.js';
import { preprocess } from './preprocess.js';

/** Every kind of reference file by its name; a new one is one file in this folder and one line here. */
export const kinds: Readonly<Record<string, Kind>> = {
  'loss.ce': crossEntropyLoss,
  'loss.dice': dice,
  'loss.rmsin': rmsinLoss,
  ops: operators,
  'ops.resize': operators,
  'optim.adamw': adamw,
  preprocess,
  ...modelKinds,
};
