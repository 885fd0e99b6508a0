import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from './commands.js';
import { runForTest } from './testIo.js';

const fixtures = join(import.meta.dirname, '../../test/fixtures/datasets');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-cli-bad-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inSet = (path: string): string => join(folder, 'set', path);

const cutInHalf = async (path: string): Promise<void> => {
  await truncate(inSet(path), Math.floor((await stat(inSet(path))).size / 2));
};

/** Puts a link to itself in the place of a file or folder. */
const loop = async (path: string): Promise<void> => {
  await rm(inSet(path), { recursive: true });
  await symlink(inSet(path), inSet(path));
};

const oddPolygon = async (path: string): Promise<void> => {
  const text = await readFile(inSet(path), 'utf8');
  const odd = text.replace(/"segmentation": ?\[\[[\d.]+, ?/, '"segmentation":[[');
  expect(odd).not.toBe(text);
  await writeFile(inSet(path), odd);
};

const again = async (path: string): Promise<void> => {
  const refs = JSON.parse(await readFile(inSet(path), 'utf8'));
  await writeFile(inSet(path), JSON.stringify([...refs, refs[0]]));
};

/** Every command on a release, with what it writes. */
const everyCommand: readonly string[][] = [
  ['info', 'set'],
  ['validate', 'set'],
  ['samples', 'set', '--json'],
  ['stats', 'set', '--out', 'out'],
  ['convert', 'set', '--to', 'nwpu-refer', '--out', 'out'],
  ['show', 'set', '--count', '99', '--out', 'out.png'],
  ['split', 'set', '--out', 'out'],
  ['subset', 'set', '--count', '99', '--out', 'out'],
];
/** The commands that read masks; those that read or place pictures. */
const masks = ['validate', 'samples', 'stats', 'convert', 'show', 'split', 'subset'];
const pictures = ['validate', 'convert', 'show', 'split', 'subset'];

const faults: [form: string, fault: string, plant: () => Promise<unknown>, names: RegExp, hit?: string[]][] = [
  [
    'nwpu-refer',
    'JSON cut in half',
    () => cutInHalf('new_instances.json'),
    /new_instances\.json: annotations, record \d+ \(byte \d+\): .*download/,
  ],
  [
    'nwpu-refer',
    'a pickle cut in half',
    () => cutInHalf('new_refs(unc).p'),
    /new_refs\(unc\)\.p: pickle: byte \d+: .*cut off/,
  ],
  ['nwpu-refer', 'a loop of links', () => loop('image'), /image: its symbolic links lead in a circle; replace/],
  [
    'nwpu-refer',
    'a missing image',
    () => rm(inSet('image/P00010.jpg')),
    /image\/P00010\.jpg: image 10: .*(unpack|validate)/s,
    pictures,
  ],
  [
    'nwpu-refer',
    'an image that links to itself',
    () => loop('image/P00010.jpg'),
    /image\/P00010\.jpg: image 10: /,
    pictures,
  ],
  [
    'nwpu-refer',
    'a truncated JPEG',
    () => cutInHalf('image/P00010.jpg'),
    /image\/P00010\.jpg: image 10: .*(download|anew)/s,
    ['validate', 'show'],
  ],
  [
    'grefcoco',
    'an odd polygon',
    () => oddPolygon('grefcoco/instances.json'),
    /grefcoco\/instances\.json: annotation 1: polygon 1 has 7 numbers; expected pairs x, y/,
    masks,
  ],
  [
    'grefcoco',
    'two refs of one id',
    () => again('grefcoco/grefs(unc).json'),
    /grefs\(unc\)\.json: ref 0: two references have the id 0.*give each its own id/s,
  ],
  [
    'grefcoco',
    'JSON cut in half',
    () => cutInHalf('grefcoco/grefs(unc).json'),
    /grefs\(unc\)\.json: record \d+ \(byte/,
  ],
  ['refsegrs', 'a loop of links', () => loop('masks'), /masks: its symbolic links lead in a circle; replace/],
  ['refsegrs', 'a mask cut off', () => cutInHalf('masks/4.tif'), /masks\/4\.tif: .*it cannot be decoded/, masks],
  [
    'refsegrs',
    'a line that is none',
    () => writeFile(inSet('output_phrase_val.txt'), `4 ${'x'.repeat(100_000)}`),
    /output_phrase_val\.txt: line 1: it is 100,002 bytes long; expected '<id> <phrase>'/,
  ],
  [
    'aerial-d',
    'XML cut in half',
    () => cutInHalf('train/annotations/P0002_patch_000000.xml'),
    /P0002_patch_000000\.xml: objects, record \d+: the text ends in the middle .*download/,
  ],
  [
    'aerial-d',
    'a loop of links',
    () => loop('val/annotations'),
    /val\/annotations: its symbolic links lead in a circle/,
  ],
];

describe('every dataset command', () => {
  it.each(faults)(
    'on %s with %s names it, exits 1 and leaves nothing half-written',
    async (form, _, plant, names, hit) => {
      await cp(join(fixtures, form), join(folder, 'set'), { recursive: true });
      await plant();
      const before = await readdir(join(folder, 'set'));
      for (const words of everyCommand) {
        const [name] = words;
        if (hit !== undefined && !hit.includes(name)) continue;
        const { code, stdout, stderr } = await runForTest(commands, ['dataset', ...words], { workingFolder: folder });
        expect(`${name}: ${code}`).toBe(`${name}: 1`);
        expect(name === 'validate' ? stdout + stderr : stderr).toMatch(names);
        expect(stderr).not.toMatch(/\n {4}at /);
        expect(await readdir(folder)).toEqual(['set']);
        expect(await readdir(join(folder, 'set'))).toEqual(before);
      }
    },
  );
});
