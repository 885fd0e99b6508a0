import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createScorer } from '../evaluation/index.js';
import { rleFromBox } from '../masks/index.js';
import { completeConfig } from '../models/index.js';
import { defaultConfig } from './configYaml.js';
import { modelCard } from './modelCard.js';
import { startOfTraining } from './trainingState.js';

const outset = {
  model: completeConfig({ model: 'mrsnet' }),
  parameters: 4_350_000,
  totalSteps: 200,
  samples: 50,
  batchesPerEpoch: 10,
  validationSamples: 3,
  taken: null,
  progress: startOfTraining,
};
const progress = { ...startOfTraining, step: 120, seconds: 7200 };

it('a card says what the weights are, how they score, and under which licence', () => {
  const data = [{ folder: '/home/someone/ships', weight: 2 }];
  const config = { ...defaultConfig(), data, licence: 'cc-by-nc-4.0', initialWeights: '/home/someone/runs/first' };
  const scorer = createScorer('gres');
  const mask = rleFromBox([10, 10, 100, 100], 480, 480);
  scorer.add({ kind: 'single', category: 'ship', predicted: mask, truth: mask });
  scorer.add({ kind: 'multi', category: 'car|van', predicted: mask, truth: mask });
  const card = modelCard({ name: 'second', version: '1.2.3', config, outset }, progress, scorer.result());
  const [, head, body] = card.split('---\n', 3);
  expect(parse(head)).toMatchObject({ license: 'cc-by-nc-4.0', library_name: 'refersat', datasets: ['ships'] });
  expect(body).toContain('step 120 of 200');
  expect(body).toContain('4.35 M parameters');
  expect(body).toContain('ships (weight 2), split train; validated on val (3 samples)');
  expect(body).toContain('Begins with: first');
  expect(body).toContain('2.0 hours');
  expect(body).toMatch(/\| ship \| 1 \| 100\.00 \| 100\.00 \|/);
  expect(body, 'a bar would end the cell').toMatch(/\| car\\\|van \| 1 \|/);
  expect(card, 'no path of this machine').not.toContain('/home/someone');
});

it('a card without scores says so', () => {
  const run = { name: 'one', version: '1', config: defaultConfig(), outset: { ...outset, validationSamples: 0 } };
  const card = modelCard(run, progress, null);
  expect(card).toContain('Not validated.');
  expect(card).toContain('validated on nothing');
  expect(card).not.toContain('license:');
});
