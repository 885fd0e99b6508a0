import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blankImage, decodeImage, encodePng, overlayColours } from '../imagery/index.js';
import { rleFromBox } from '../masks/index.js';
import type { EvaluatedSample } from './evaluate.js';
import type { EvaluationReport } from './evaluationReport.js';
import { createScorer } from './scorer.js';
import { writeWorstPage } from './worstPage.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-worst-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('shows what was asked, the prediction filled and the truth outlined', async () => {
  const path = join(folder, 'p.png');
  await writeFile(path, await encodePng(blankImage(480, 480, [120, 120, 120])));
  const truth = rleFromBox([40, 40, 160, 160], 480, 480);
  const predicted = rleFromBox([280, 280, 160, 160], 480, 480);
  const scorer = createScorer('gres', { targetSizes: true });
  const score = scorer.add({ kind: 'single', category: 'ship', predicted, truth });
  const evaluated = (sentence: string): EvaluatedSample => ({
    id: 's1',
    sample: {
      id: 's1',
      image: { id: 1, file: 'p.png', width: 480, height: 480 },
      split: 'val',
      raw: 'The "left" Ship',
      sentence: 'the "left" ship',
      language: 'en',
      kind: 'single',
      targets: [1],
      category: 'ship',
      mask: () => truth,
    },
    imagePath: path,
    sentence,
    predicted,
    truth,
    score,
    probability: 0.25,
  });
  const targets = scorer.targetResult() ?? expect.fail('no target scores');
  const report = { ...scorer.result(), ...targets, construct: {}, scoredAt: '480x480', native: null, control: null };
  const model = { name: 'm', model: 'lavt', preset: 'tiny', imageSizePx: 64 };
  const out = join(folder, 'page');
  const cases = [evaluated('the "left" ship'), evaluated('the <right> ship')];
  await writeWorstPage(out, cases, { ...report, model, data: [], split: 'val' } as unknown as EvaluationReport);

  const figures = (await readFile(join(out, 'index.html'), 'utf8')).split('<figure').slice(1);
  expect(figures[0]).toContain('<q lang="en">The &quot;left&quot; Ship</q>');
  expect(figures[0]).not.toContain('own sentence');
  expect(figures[0]).toContain(
    'IoU 0.0, single, ship, predicted 25,600 px, truth 25,600 px, probability of a target 0.25',
  );
  expect(figures[1]).toContain('<q lang="en">the &lt;right&gt; ship</q>');
  expect(figures[1]).toContain('own sentence: The &quot;left&quot; Ship');

  const { data, width } = await decodeImage(join(out, 'pictures/0001.jpg'));
  const at = (x: number, y: number): number[] => [...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)];
  const far = (a: readonly number[], b: readonly number[]): number =>
    Math.max(...a.map((one, band) => Math.abs(one - b[band])));
  const [predictedColour, truthColour] = overlayColours;
  const mixed = predictedColour.map((value) => 0.6 * 120 + 0.4 * value);
  expect(far(at(360, 360), mixed), 'within the prediction').toBeLessThan(12);
  expect(far(at(120, 120), [120, 120, 120]), 'within the truth').toBeLessThan(12);
  expect(far(at(40, 120), truthColour), 'on the outline of the truth').toBeLessThan(60);
  expect(far(at(10, 10), [120, 120, 120]), 'elsewhere').toBeLessThan(12);
});
