import { z } from 'zod';
import { UserError } from '../errors/index.js';
import { defineCommand } from './command.js';
import { datasetFolder, openFlags, openOptions, openSchema, pathOf } from './datasetFlags.js';

const many = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((value) => (value === undefined ? [] : [value].flat()));

/** `refersat dataset show`. */
export const datasetShowCommand = defineCommand({
  path: 'dataset show',
  summary: 'Draws samples: the picture with its masks in colour and the sentence under it.',
  positional: [datasetFolder],
  flags: [
    ...openFlags,
    { flags: '--sentence <text...>', description: 'samples whose sentence holds this text' },
    {
      flags: '--image <file...>',
      description:
        'samples of this picture: its path below the image folder, its name or its id; without sentences every object',
    },
    { flags: '--id <sample...>', description: 'samples with these ids (`dataset samples --json` prints them)' },
    { flags: '--split <name>', description: 'samples of this split only' },
    { flags: '--count <number>', description: 'at most so many (default 12); drawn at random where more were found' },
    { flags: '--seed <number>', description: 'of the random choice (default 0)' },
    { flags: '--columns <number>', description: 'of the contact sheet (default: up to 4)' },
    { flags: '-o, --out <file>', description: 'the picture to write, .png or .jpg' },
  ],
  help: [
    'Examples:',
    '  refersat dataset show NWPU-Refer --sentence "the red car" --out car.png',
    '  refersat dataset show NWPU-Refer --split val --count 9 --seed 3 --out sheet.png',
    '  refersat dataset show coco-folder --image 0001.jpg --out objects.png',
  ].join('\n'),
  schema: openSchema.extend({
    sentence: many,
    image: many,
    id: many,
    split: z.string().optional(),
    count: z.coerce.number().int().min(1).max(400).default(12),
    seed: z.coerce.number().default(0),
    columns: z.coerce.number().int().min(1).max(40).optional(),
    out: z
      .string({ error: 'expected --out FILE' })
      .regex(/\.(?:png|jpe?g)$/i, 'expected a name that ends in .png or .jpg'),
  }),
  async run(flags, io) {
    const { openDataset, showPictures } = await import('../datasets/index.js');
    const { contactSheet, encodeJpeg, encodePng, undrawableCharacters } = await import('../imagery/index.js');
    const { writeFileAtomic } = await import('../files/index.js');
    const dataset = await openDataset(pathOf(flags.dir, io), openOptions(flags, io));
    const choice = showPictures(dataset, {
      sentences: flags.sentence,
      images: flags.image,
      ids: flags.id,
      split: flags.split,
      count: flags.count,
      seed: flags.seed,
    });
    const cellPx = choice.shown.length > 1 ? 480 : undefined;
    const pictures = [];
    for (const item of choice.shown) {
      io.signal.throwIfAborted();
      pictures.push(await item.draw(cellPx));
    }
    const missing = await undrawableCharacters(choice.shown.map(({ words }) => words).join(''));
    if (missing.length > 0) {
      io.stderr.write(
        `no font of this machine has ${missing.slice(0, 8).join(' ')}${missing.length > 8 ? ' ...' : ''}: drawn as boxes. Install one, for example the package fonts-noto-cjk\n`,
      );
    }
    const columns = flags.columns ?? Math.min(4, Math.ceil(Math.sqrt(pictures.length)));
    const sheet = pictures.length === 1 ? pictures[0] : contactSheet(pictures, columns, cellPx ?? 480);
    const path = pathOf(flags.out, io);
    const bytes = /\.png$/i.test(path) ? await encodePng(sheet) : await encodeJpeg(sheet);
    try {
      await writeFileAtomic(path, bytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${path}: cannot be written (${reason}). Give another --out`, { cause: error });
    }
    const more = choice.found > pictures.length ? ` of ${choice.found.toLocaleString('en')} found` : '';
    io.stdout.write(
      `${flags.out}: ${pictures.length} ${choice.noun}${pictures.length === 1 ? '' : 's'}${more}, ${sheet.width} x ${sheet.height} px\n`,
    );
    return 0;
  },
});
