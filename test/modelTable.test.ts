import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { countOperations, createModel, type ModelName } from '../src/models/index.js';

/** The rows of docs/models.md that `refersat model info NAME --preset P` counts; the large ones change with the small. */
describe('the table of presets in docs/models.md', async () => {
  const text = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (nano|tiny) \| (\w+) \|.*$/gm)];

  it('has every model', () => expect(rows).toHaveLength(10));

  it.each(rows.map(([row, preset, model]) => [preset, model, row] as const))(
    'says of %s %s what is counted',
    (preset, model, row) => {
      const cost = countOperations(createModel({ model: model as ModelName, preset: preset as 'nano' | 'tiny' }));
      const { weightBytes, inferenceBytes, trainingBytes } = cost.memory;
      const megabytes = [weightBytes, inferenceBytes, trainingBytes].map((bytes) => (bytes / 1e6).toFixed(0));
      const counts = [`${(cost.parameters / 1e6).toFixed(2)} M`, `${(cost.multiplyAdds / 1e9).toFixed(2)} G`];
      expect(row).toBe(`| ${[preset, model, cost.config.imageSizePx, ...counts, ...megabytes].join(' | ')} |`);
    },
  );
});
