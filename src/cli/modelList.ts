import { z } from 'zod';
import { defineCommand } from './command.js';
import { formatTable } from './datasetFlags.js';

/** What each architecture of the registry is, in a line. */
const architectures: readonly (readonly [string, string])[] = [
  ['mrsnet', 'MRSNet (arXiv 2506.03583), reconstructed: LAVT with IFIM in each stage and HFIM across scales'],
  ['lavt', 'LAVT (CVPR 2022), as published'],
  ['rmsin', 'RMSIN (CVPR 2024), as published: IIM, CIM and rotated convolutions'],
  ['lgce', 'LGCE (TGRS 2024), reconstructed: LAVT with cross-scale enhancement'],
  ['sbanet', 'SBANet (arXiv 2501.00851), reconstructed: bidirectional alignment'],
];

/** `refersat model list`. */
export const modelListCommand = defineCommand({
  path: 'model list',
  summary: 'The architectures that can be built, and the trained models that come with the package.',
  flags: [{ flags: '--json', description: 'as one JSON object' }],
  schema: z.object({ json: z.boolean().default(false) }),
  async run({ json }, io) {
    const { findModelFolder, shippedModels } = await import('../segmentation/index.js');
    const { loadConfig } = await import('../weights/index.js');
    const shipped = await Promise.all(
      shippedModels().map(async (name) => {
        const { model, preset, imageSizePx } = await loadConfig(findModelFolder(name));
        return { name, model, preset, imageSizePx };
      }),
    );
    if (json) {
      const registry = architectures.map(([name, description]) => ({ name, description }));
      io.stdout.write(`${JSON.stringify({ registry, presets: ['nano', 'tiny', 'small', 'base'], shipped })}\n`);
      return undefined;
    }
    const trained = shipped.map((one) => [one.name, `${one.model}-${one.preset}, ${one.imageSizePx} px`]);
    io.stdout.write(
      [
        'architectures, each as nano, tiny, small and base:',
        formatTable(architectures),
        '',
        'trained models of the package:',
        trained.length > 0 ? formatTable(trained) : 'none',
        '',
      ].join('\n'),
    );
    return undefined;
  },
});
