import { createComparison, type ParityReport } from './compare.js';
import { compareGraph } from './graphParity.js';
import type { Kind } from './kind.js';
import { kinds as allKinds } from './kinds/index.js';
import { type Reference, readReference } from './reference.js';

async function compare(reference: Reference, kinds: Readonly<Record<string, Kind>>): Promise<ParityReport> {
  const comparison = createComparison(reference);
  const kind = kinds[reference.kind];
  if (!kind || !Object.hasOwn(kinds, reference.kind)) {
    comparison.fail(`unknown kind ${reference.kind}; known are ${Object.keys(kinds).join(', ')}`);
    return comparison.report();
  }
  try {
    if ('build' in kind) await compareGraph(kind.build, reference, comparison);
    else {
      const got = await kind.compute(reference);
      for (const name of reference.tensors.keys()) {
        if (!name.startsWith('output.')) continue;
        const tensor = got[name.slice('output.'.length)];
        if (tensor) comparison.compare(name, tensor);
        else comparison.fail(`nothing was computed for ${name}`);
      }
    }
  } catch (error) {
    comparison.fail((error as Error).message);
  }
  if (comparison.report().compared === 0) comparison.fail('nothing was compared');
  return comparison.report();
}

/** Compares what refersat computes with one reference file; every trouble is a failure of the report, never an error. */
export async function runParity(file: string, kinds = allKinds): Promise<ParityReport> {
  try {
    return await compare(readReference(file), kinds);
  } catch (error) {
    return { file, kind: 'unreadable', compared: 0, worst: {}, failures: [(error as Error).message] };
  }
}
