import { rleArea } from '../masks/index.js';
import type { Kind, Sample } from './sample.js';

export interface BalanceOptions {
  /** The share of an epoch that each kind shall have, relative to the others; kinds left out keep their weight. */
  readonly kinds?: Readonly<Partial<Record<Kind, number>>>;
  /** 0 leaves categories as frequent as they are, 1 makes all equally frequent, 0.5 stands between. */
  readonly categories?: number;
  /** Factor for targets below 32 x 32 pixels of a 480 x 480 picture (the benchmark's "small"). */
  readonly small?: number;
}

/** A weight for each sample (createLoader's `weight`) that balances kinds, categories and small targets. */
export function balanceSamples(samples: readonly Sample[], options: BalanceOptions): (sample: Sample) => number {
  const kinds = countBy(samples, ({ kind }) => kind);
  const categories = countBy(samples, ({ category }) => category);
  return (sample) => {
    let weight = 1;
    const share = options.kinds?.[sample.kind];
    if (share !== undefined) weight *= share / ((kinds.get(sample.kind) ?? 1) / samples.length);
    if (options.categories) weight *= ((categories.get(sample.category) ?? 1) / samples.length) ** -options.categories;
    if (options.small !== undefined && options.small !== 1 && sample.kind !== 'none') {
      const scale = (480 * 480) / (sample.image.width * sample.image.height);
      if (rleArea(sample.mask()) * scale < 32 * 32) weight *= options.small;
    }
    return weight;
  };
}

function countBy(samples: readonly Sample[], key: (sample: Sample) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const sample of samples) counts.set(key(sample), (counts.get(key(sample)) ?? 0) + 1);
  return counts;
}
