import { compile, sortedNodes } from './compile.js';
import { leafOf } from './leaves.js';
import { type HostTensor, isHostTensor, type Runtime, type SessionTensor } from './runtime.js';
import { describeType, type Node, type Value } from './value.js';

/** What of a tensor is not finite. */
export interface NonFinite {
  /** Place and value of the first that is not. */
  readonly index: number;
  readonly value: number;
  /** How many are NaN or infinite, and how many of these NaN. */
  readonly count: number;
  readonly notANumber: number;
}

/** What of a tensor is NaN or infinite; null when all is finite. */
export function findNonFinite(tensor: Pick<HostTensor, 'type' | 'data'>): NonFinite | null {
  if (tensor.type !== 'float32') return null;
  return nonFiniteOf(tensor.data as Float32Array);
}

function nonFiniteOf(data: ArrayLike<number>): NonFinite | null {
  let [first, count, notANumber] = [-1, 0, 0];
  for (let index = 0; index < data.length; index++) {
    if (Number.isFinite(data[index])) continue;
    if (first < 0) first = index;
    count += 1;
    if (Number.isNaN(data[index])) notANumber += 1;
  }
  return count === 0 ? null : { index: first, value: data[first], count, notANumber };
}

const place = (node: Node): string => (node.scope === '' ? '' : ` in ${node.scope}`);

function describeSource(value: Value, found: NonFinite, readsInfinity = false): string {
  const leaf = leafOf(value);
  const counted = `${found.count} of its values ${found.count === 1 ? 'is' : 'are'} not finite (the first is ${found.value})`;
  if (leaf) return `the ${leaf.role} ${leaf.name} ${describeType(value)} is the source: ${counted}`;
  const operands = value.node.inputs.map(describeType).join(' x ');
  return `${value.node.operator.name}${place(value.node)}: ${operands}: ${counted}, while ${readsInfinity ? 'none of what it reads is NaN' : 'all that it reads is finite'}`;
}

/**
 * Runs a graph once more with every float value between inputs and `loss` kept, and says where numbers stop being
 * finite: the operator, its shapes and its scope, or the input or parameter that was so from the start. Infinities of a
 * constant (a mask of minus infinity) and what carries them on are no source; a NaN made of them is. Needs memory for all of
 * them at once: meant for the moment after a loss came out as NaN.
 * @returns a sentence, or null when everything is finite
 */
export async function explainNonFinite(
  loss: Value,
  feeds: Readonly<Record<string, SessionTensor>>,
  runtime: Runtime,
): Promise<string | null> {
  const values = new Map<string, Value>();
  for (const node of sortedNodes([loss])) {
    const leaf = leafOf(node.outputs[0]);
    if (leaf && leaf.role !== 'constant') {
      const feed = feeds[leaf.name];
      const found = feed && isHostTensor(feed) ? findNonFinite(feed) : null;
      if (found) return describeSource(node.outputs[0], found);
    } else if (!leaf) {
      for (const value of node.outputs) if (value.type === 'float32') values.set(`probe_${values.size}`, value);
    }
  }
  const compiled = await compile(Object.fromEntries(values), { runtime, session: { optimisation: 'none' } });
  try {
    const needed = Object.fromEntries([...compiled.inputs.keys()].map((name) => [name, feeds[name]]));
    const results = await compiled.run(needed);
    const known = new Map<Value, NonFinite | null>();
    const readBy = (value: Value): NonFinite | null => {
      const leaf = leafOf(value);
      return leaf?.data ? nonFiniteOf(leaf.data) : (known.get(value) ?? null);
    };
    for (const [name, value] of values) {
      const result = results[name];
      const found = findNonFinite(isHostTensor(result) ? result : await result.read());
      known.set(value, found);
      if (!found) continue;
      const read = value.node.inputs.map(readBy).filter((input) => input !== null);
      if (read.length === 0) return describeSource(value, found);
      if (found.notANumber > 0 && read.every(({ notANumber }) => notANumber === 0))
        return describeSource(value, found, true);
    }
    return null;
  } finally {
    await compiled.release();
  }
}

/**
 * Throws unless a loss is a finite number. Call it before the optimiser's step: parameters are still sound then.
 * @param context what was computed: `step 120`, `epoch 3, batch 17`
 * @param explain finds the source, as `explainNonFinite` does; called only when the loss is not finite
 */
export async function requireFiniteLoss(
  loss: number,
  context: string,
  explain?: () => Promise<string | null>,
): Promise<void> {
  if (Number.isFinite(loss)) return;
  const reason = await explain?.();
  const advice = 'no parameter was changed; lower the learning rate, clip gradients, or check the sample';
  throw new Error(`${context}: the loss is ${loss}${reason ? `: ${reason}` : ''}; ${advice}`);
}
