import type { EvaluatedSample } from './evaluate.js';

/** Keeps the worst of the samples that it is shown. */
export interface WorstCases {
  add(evaluated: EvaluatedSample): void;
  /** The worst first. */
  list(): readonly EvaluatedSample[];
}

/** Pixels that are wrong: in the prediction or the truth, and not in both. */
export const wrongPixels = ({ score }: EvaluatedSample): number => score.unionPx - score.intersectionPx;

const isWorse = (one: EvaluatedSample, other: EvaluatedSample): boolean =>
  one.score.iou === other.score.iou ? wrongPixels(one) > wrongPixels(other) : one.score.iou < other.score.iou;

/**
 * A keeper of the `count` samples of lowest IoU, among equals those with the most wrong pixels, among these the earlier. A
 * sentence that means nothing and was left empty is no bad case, though `rrsis` gives it 0.
 */
export function createWorstCases(count: number): WorstCases {
  const kept: EvaluatedSample[] = [];
  return {
    add(evaluated) {
      if (evaluated.sample.kind === 'none' && !evaluated.score.answered) return;
      if (kept.length === count && !isWorse(evaluated, kept[count - 1])) return;
      const place = kept.findIndex((other) => isWorse(evaluated, other));
      kept.splice(place < 0 ? kept.length : place, 0, evaluated);
      if (kept.length > count) kept.pop();
    },
    list: () => kept,
  };
}
