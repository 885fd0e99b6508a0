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

/**
 * Finds the named tensors of what a torch file holds: a state dict itself, or a checkpoint that keeps one under `model`,
 * `state_dict` or another usual key. Wrappers' prefixes are removed from the names.
 * @throws UserError when there are no tensors, naming the keys that there are
 */
export function findStateDict(value: unknown, source: string): Map<string, TorchTensor> {
  let dict = value;
  for (let depth = 0; depth < 4 && dict instanceof Map; depth++) {
    const map: ReadonlyMap<unknown, unknown> = dict;
    const tensors = tensorsOf(map);
    const key = usualKeys.find((candidate) => map.get(candidate) instanceof Map);
    const inner = key === undefined ? undefined : (map.get(key) as ReadonlyMap<unknown, unknown>);
    if (inner && inner.size > tensors.size) {
      dict = inner;
      continue;
    }
    if (tensors.size === 0) break;
    const strip = withoutWrapper([...tensors.keys()]);
    return new Map([...tensors].map(([name, tensor]) => [strip(name), tensor]));
  }
  const keys = value instanceof Map ? [...value.keys()].slice(0, 12).map(String).join(', ') : undefined;
  throw new UserError(
    `${source}: holds no tensors by name, neither at its top nor under ${usualKeys.slice(0, 3).join(', ')}${
      keys === undefined ? '' : `; its keys are: ${keys}`
    }. Save model.state_dict() with torch.save`,
  );
}
