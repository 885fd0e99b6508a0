import { expect, it } from 'vitest';
import type { EvaluatedSample } from './evaluate.js';
import { createWorstCases } from './worstCases.js';

const evaluated = (id: string, iou: number, unionPx: number, kind = 'single', answered = true): EvaluatedSample =>
  ({ id, sample: { kind }, score: { iou, intersectionPx: iou * unionPx, unionPx, answered } }) as EvaluatedSample;

it('keeps the lowest IoU, then the most wrong pixels, then the earlier, and no right silence', () => {
  const worst = createWorstCases(4);
  worst.add(evaluated('good', 0.9, 100));
  worst.add(evaluated('half', 0.5, 100));
  worst.add(evaluated('silent', 0, 0, 'none', false));
  worst.add(evaluated('zero', 0, 50));
  worst.add(evaluated('invented', 0, 80, 'none'));
  worst.add(evaluated('zero again', 0, 50));
  worst.add(evaluated('half again', 0.5, 100));
  expect(worst.list().map(({ id }) => id)).toEqual(['invented', 'zero', 'zero again', 'half']);
  // What was meant and not answered is a bad case.
  worst.add(evaluated('unanswered', 0, 60, 'single', false));
  expect(worst.list().map(({ id }) => id)).toEqual(['invented', 'unanswered', 'zero', 'zero again']);
});
