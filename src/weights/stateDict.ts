import { UserError } from '../errors/index.js';
import { isTorchTensor, type TorchTensor } from './torchGlobals.js';

/** Where training scripts keep the weights in a checkpoint, most usual first. */
const usualKeys = [
  'state_dict',
  'model',
  'model_state_dict',
  'model_state',
  'net',
  'network',
  'module',
  'params',
  'weights',
  'backbone',
  'encoder',
];

function tensorsOf(dict: ReadonlyMap<unknown, unknown>): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [key, value] of dict) if (typeof key === 'string' && isTorchTensor(value)) tensors.set(key, value);
  return tensors;
}

/** Removes what wrappers put in front of every name: `module.` (DataParallel) and `_orig_mod.` (torch.compile). */
export function withoutWrapper(names: readonly string[]): (name: string) => string {
  let strip = (name: string): string => name;
  let current = names;
  for (;;) {
    const prefix = ['module.', '_orig_mod.'].find((wrapper) => current.every((name) => name.startsWith(wrapper)));
    if (prefix === undefined || current.length === 0) return strip;
    const before = strip;
    strip = (name) => before(name).slice(prefix.length);
    current = current.map((name) => name.slice(prefix.length));
  }
}

const wordTable = /(^|\.)embeddings\.word_embeddings\.weight$/;

/** A BERT that a checkpoint keeps beside the network, its names under `text_encoder.`. */
function textEncoderBeside(parent: ReadonlyMap<unknown, unknown>, chosen: unknown): Map<string, TorchTensor> {
  for (const value of parent.values()) {
    if (value === chosen || !(value instanceof Map)) continue;
    const tensors = tensorsOf(value);
    const names = [...tensors.keys()];
    if (!names.some((name) => wordTable.test(name))) continue;
    const strip = withoutWrapper(names);
    return new Map([...tensors].map(([name, tensor]) => [`text_encoder.${strip(name)}`, tensor]));
  }
  return new Map();
}

/**
 * Finds the named tensors of what a torch file holds: a state dict itself, or a checkpoint that keeps one under `model`,
 * `state_dict` or another usual key. Wrappers' prefixes are removed from the names. A BERT beside it, as LAVT's
 * checkpoints have one, is added under `text_encoder.`.
 * @throws UserError when there are no tensors, naming the keys that there are
 */
export function findStateDict(value: unknown, source: string): Map<string, TorchTensor> {
  let dict = value;
  let beside = new Map<string, TorchTensor>();
  for (let depth = 0; depth < 4 && dict instanceof Map; depth++) {
    const map: ReadonlyMap<unknown, unknown> = dict;
    const tensors = tensorsOf(map);
    const key = usualKeys.find((candidate) => map.get(candidate) instanceof Map);
    const inner = key === undefined ? undefined : (map.get(key) as ReadonlyMap<unknown, unknown>);
    if (inner && inner.size > tensors.size) {
      beside = textEncoderBeside(map, inner);
      dict = inner;
      continue;
    }
    if (tensors.size === 0) break;
    const strip = withoutWrapper([...tensors.keys()]);
    const found = new Map([...tensors].map(([name, tensor]) => [strip(name), tensor]));
    const hasText = [...found.keys()].some((name) => wordTable.test(name));
    return hasText ? found : new Map([...found, ...beside]);
  }
  const keys = value instanceof Map ? [...value.keys()].slice(0, 12).map(String).join(', ') : undefined;
  throw new UserError(
    `${source}: holds no tensors by name, neither at its top nor under ${usualKeys.slice(0, 3).join(', ')}${
      keys === undefined ? '' : `; its keys are: ${keys}`
    }. Save model.state_dict() with torch.save`,
  );
}
