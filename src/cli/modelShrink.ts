import { relative, resolve } from 'node:path';
import { z } from 'zod';
import type { Deviation } from '../weights/index.js';
import { defineCommand } from './command.js';

export const megabytesText = (bytes: number): string =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;

/** How far a smaller model's answers are from the original's, in a sentence. */
export function deviationText({ largest, mean, range, agreement, probes }: Deviation): string {
  const [low, high] = range.map((value) => value.toPrecision(3));
  return (
    `logits differ by at most ${largest.toPrecision(3)}, on average ${mean.toPrecision(2)} (they run from ${low} to ${high}); ` +
    `${(100 * agreement).toFixed(2)} % of the pixels are decided alike (${probes} drawn pictures)`
  );
}

/** `refersat model shrink`. */
export const modelShrinkCommand = defineCommand({
  path: 'model shrink',
  summary: 'Writes a smaller copy of a checkpoint folder, and says how far its answers deviate.',
  positional: [{ name: '<name>', description: 'shipped model, checkpoint folder or run folder' }],
  flags: [
    { flags: '--out <folder>', description: 'a new checkpoint folder' },
    { flags: '--int8', description: 'a byte a weight (default)' },
    { flags: '--half', description: 'half precision' },
    { flags: '--json', description: 'as one JSON object' },
  ],
  help: 'Example:\n  refersat model shrink runs/mine --out mine-small',
  schema: z
    .object({
      name: z.string(),
      out: z.string({ error: 'give a new folder' }),
      int8: z.boolean().default(false),
      half: z.boolean().default(false),
      json: z.boolean().default(false),
    })
    .refine(({ int8, half }) => !(int8 && half), { path: ['half'], message: 'excludes --int8' }),
  async run({ name, out, half, json }, io) {
    const { findModelFolder } = await import('../segmentation/index.js');
    const { shrinkCheckpoint } = await import('../weights/index.js');
    const { onnxruntimeNode } = await import('../runtimes/onnxruntimeNode.js');
    const target = resolve(io.workingFolder, out);
    const report = await shrinkCheckpoint(findModelFolder(name, io.workingFolder), target, {
      as: half ? 'half' : 'int8',
      runtime: onnxruntimeNode,
      signal: io.signal,
    });
    if (json) io.stdout.write(`${JSON.stringify({ out: target, ...report })}\n`);
    else {
      const sizes = `${megabytesText(report.bytesBefore)} to ${megabytesText(report.bytes)}`;
      const shown = relative(io.workingFolder, target) || target;
      io.stdout.write(`${shown}: ${report.as}, ${sizes}\n`);
      if (report.deviation) io.stdout.write(`${deviationText(report.deviation)}\n`);
    }
    return undefined;
  },
});
