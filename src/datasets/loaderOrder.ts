import { createRandom } from '../random/index.js';

/** One of the things that an epoch may show: a sentence, or an object with several sentences. */
export interface OrderItem {
  /** How much of it an epoch shows, relative to the others; 0 leaves it out. */
  readonly weight: number;
  /** Items of one stratum (a dataset) keep their common share exactly, give or take one. */
  readonly stratum?: number;
}

/**
 * Positions of `items` in the order that an epoch shows them; as many as there are items with a weight above 0.
 * With equal weights each is shown once. Otherwise each is shown as often as its weight says, give or take one
 * (systematic resampling): a heavy item comes several times, of light ones some wait for another epoch.
 * A pure function of its arguments: nothing of earlier epochs is needed to know a later one.
 */
export function epochOrder(
  items: readonly OrderItem[],
  seed: number | string,
  epoch: number,
  shuffle: boolean,
): Int32Array {
  const shown: number[] = [];
  items.forEach(({ weight }, position) => {
    if (weight > 0) shown.push(position);
  });
  const isEven = shown.every((position) => items[position].weight === items[shown[0]].weight);
  let order = shown;
  if (!isEven) {
    const random = createRandom(seed, 'resampling', epoch);
    // Shuffled first, so that it is chance who gets the one more.
    const candidates = random.shuffle(shown);
    candidates.sort((a, b) => (items[a].stratum ?? 0) - (items[b].stratum ?? 0));
    const total = candidates.reduce((sum, position) => sum + items[position].weight, 0);
    const step = total / shown.length;
    let tick = random.next() * step;
    let reached = 0;
    order = [];
    for (const position of candidates) {
      reached += items[position].weight;
      for (; tick < reached && order.length < shown.length; tick += step) order.push(position);
    }
    if (!shuffle) order.sort((a, b) => a - b);
  }
  return Int32Array.from(shuffle ? createRandom(seed, 'order', epoch).shuffle(order) : order);
}
