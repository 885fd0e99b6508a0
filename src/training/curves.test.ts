import { XMLValidator } from 'fast-xml-parser';
import { afterEach, expect, it, vi } from 'vitest';
import { trainingCurves } from './curves.js';

afterEach(() => vi.restoreAllMocks());

it('curves are drawn of whatever columns there are, without a word to the console', () => {
  const said = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')];
  const rows = Array.from({ length: 1000 }, (_, step) => ({
    step,
    loss: 1 / (1 + step),
    crossEntropy: 0.5 / (1 + step),
    learningRate: 1e-3,
    iou: step / 10,
    ...(step % 100 === 99 ? { val_mIoU: step / 12, 'val_Pr@0.5': 50 } : {}),
  }));
  const curves = trainingCurves(rows);
  expect(Object.keys(curves)).toEqual(['loss.svg', 'scores.svg', 'learning-rate.svg']);
  for (const [name, svg] of Object.entries(curves)) {
    expect(XMLValidator.validate(svg), name).toBe(true);
    expect(svg, name).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  }
  expect(curves['loss.svg']).toContain('crossEntropy');
  expect(curves['loss.svg']).not.toContain('focal');
  expect(curves['scores.svg']).toContain('val_mIoU');
  expect(curves['scores.svg']).not.toContain('Pr@');
  for (const spy of said) expect(spy).not.toHaveBeenCalled();
});

it('a run without a batch has empty ones', () => {
  for (const svg of Object.values(trainingCurves([]))) expect(XMLValidator.validate(svg)).toBe(true);
});
