import { describe, expect, it } from 'vitest';
import { epochOrder } from './loaderOrder.js';

describe('the order of an epoch', () => {
  it('shows heavy items as often as their weight says', () => {
    const items = [4, 1, 1, 1, 1, 0].map((weight) => ({ weight }));
    for (let epoch = 0; epoch < 5; epoch++) {
      const order = [...epochOrder(items, 1, epoch, true)];
      expect(order.length).toBe(5);
      const heavy = order.filter((position) => position === 0).length;
      expect([2, 3]).toContain(heavy);
      expect(order).not.toContain(5);
    }
  });

  it('keeps the share of a stratum to one, in any epoch, and draws anew who has the one more', () => {
    // Ten datasets of three things each; the weights of one sum up to what a third of another has.
    const items = Array.from({ length: 30 }, (_, place) => ({
      weight: [1, 0.4, 0.7][place % 3] * (place < 15 ? 1 : 3),
      stratum: Math.floor(place / 3),
    }));
    const total = items.reduce((sum, { weight }) => sum + weight, 0);
    const orders = Array.from({ length: 20 }, (_, epoch) => epochOrder(items, 'strata', epoch, true));
    const places = new Set<string>();
    for (const order of orders) {
      for (let stratum = 0; stratum < 10; stratum++) {
        const own = items.filter((item) => item.stratum === stratum).reduce((sum, { weight }) => sum + weight, 0);
        const shown = order.filter((position) => items[position].stratum === stratum).length;
        expect(Math.abs(shown - (own / total) * 30), `stratum ${stratum}`).toBeLessThan(1);
      }
      places.add([...order].sort((a, b) => a - b).join());
    }
    expect(places.size).toBeGreaterThan(15);
    // Over many epochs each stratum, and each thing, is shown as its weight says.
    const many = Array.from({ length: 300 }, (_, epoch) => epochOrder(items, 'strata', epoch, false));
    for (let stratum = 0; stratum < 10; stratum++) {
      const own = items.filter((item) => item.stratum === stratum).reduce((sum, { weight }) => sum + weight, 0);
      const shown = many.reduce((sum, order) => sum + order.filter((at) => items[at].stratum === stratum).length, 0);
      expect(Math.abs(shown / 300 - (own / total) * 30), `stratum ${stratum}`).toBeLessThan(0.15);
    }
    for (const [position, { weight }] of items.entries()) {
      const shown = orders.reduce((sum, order) => sum + order.filter((one) => one === position).length, 0);
      expect(Math.abs(shown / 20 - (weight / total) * 30), `item ${position}`).toBeLessThan(0.5);
    }
  });

  it("stays in the list's order without shuffling, and mixes anew each epoch with it", () => {
    const items = [4, 1, 1, 1, 1, 2].map((weight) => ({ weight }));
    const plain = epochOrder(items, 1, 0, false);
    expect([...plain]).toEqual([...plain].sort((a, b) => a - b));
    const even = Array.from({ length: 30 }, () => ({ weight: 2 }));
    expect([...epochOrder(even, 1, 0, false)]).toEqual([...even.keys()]);
    const orders = [0, 1, 2].map((epoch) => [...epochOrder(even, 1, epoch, true)]);
    expect(new Set(orders.map(String)).size).toBe(3);
    for (const order of orders) expect(order.sort((a, b) => a - b)).toEqual([...even.keys()]);
  });
});
