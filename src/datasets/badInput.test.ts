import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { asNobody } from '../files/testNobody.js';
import { type Picklable, readPickle, writePickle } from '../pickles/index.js';
import { explainFileError } from './fileProblem.js';
import { openDataset, openTables } from './openDataset.js';
import { problemText } from './problem.js';
import { writeTestRelease } from './testRelease.js';
import { validateTables } from './validateDataset.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/datasets');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-bad-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const opening = async (): Promise<unknown> => {
  try {
    const dataset = await openDataset(folder);
    for (const sample of dataset.samples) sample.mask();
    return 'opened';
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
};

describe('a broken release', () => {
  it('of JSON cut in half names file, record and byte', async () => {
    await writeTestRelease(folder);
    const path = join(folder, 'instances.json');
    const { length } = await readFile(path);
    await truncate(path, Math.floor(length / 2));
    expect(await opening()).toMatch(
      /^instances\.json: annotations, record \d+ \(byte \d+\): the text ends in the middle: the file is cut off; download/,
    );
    expect(await readdir(folder)).toEqual(['image', 'instances.json', 'refs(unc).p']);
  });

  it('of a pickle cut in half names the file and the byte', async () => {
    await writeTestRelease(folder);
    await truncate(join(folder, 'refs(unc).p'), 500);
    expect(await opening()).toMatch(/^refs\(unc\)\.p: .*\d+/);
  });

  it('with a pickle that is a program names what it wanted', async () => {
    await writeTestRelease(folder);
    await writeFile(join(folder, 'refs(unc).p'), "cos\nsystem\n(S'true'\ntR.");
    expect(await opening()).toMatch(/^refs\(unc\)\.p: .*os.system/);
  });

  it('with an odd polygon names file and annotation', async () => {
    await writeTestRelease(folder);
    const path = join(folder, 'instances.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace(/"segmentation":\[\[\d+,/, '"segmentation":[['));
    expect(await opening()).toMatch(
      /^instances\.json: annotation 1: polygon 1 has 7 numbers; expected pairs x, y; correct or remove it \('refersat dataset validate /,
    );
  });

  it('with two refs of one id names file and ref, or leaves the second out when told so', async () => {
    await writeTestRelease(folder);
    const path = join(folder, 'refs(unc).p');
    const refs = readPickle(await readFile(path)) as Map<string, Picklable>[];
    await writeFile(path, writePickle([...refs, refs[0], refs[3]]));
    expect(await opening()).toMatch(/^refs\(unc\)\.p: ref 1: two references have the id 1; .* \(and 1 more such\)/);
    const { samples, skipped } = await openDataset(folder, { faulty: 'skip' });
    expect([samples.length, skipped]).toEqual([35, 2]);
  });

  it('with a record that lacks a field names the record and the field', async () => {
    await writeTestRelease(folder);
    const path = join(folder, 'instances.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"width":48', '"width":-1'));
    expect(await opening()).toMatch(/^instances\.json: images, record 2: 'width' is -1; expected a number of pixels/);
  });

  it('with a line of a hundred megabytes names file and line', async () => {
    await cp(join(fixtures, 'refsegrs'), folder, { recursive: true });
    await writeFile(join(folder, 'output_phrase_val.txt'), `1 the ship\n4 ${'x'.repeat(100 * 2 ** 20)}\n`);
    expect(await opening()).toMatch(
      /^output_phrase_val\.txt: line 2: it is 104,857,602 bytes long; expected '<id> <phrase>'/,
    );
  });

  it('without its masks names the folder', async () => {
    await cp(join(fixtures, 'refsegrs'), folder, { recursive: true });
    await rm(join(folder, 'masks'), { recursive: true });
    expect(await opening()).toMatch(/masks: no masks; the release keeps a picture for each line there/);
  });

  it('with one mask missing or cut off names the mask', async () => {
    await cp(join(fixtures, 'refsegrs'), folder, { recursive: true });
    await rm(join(folder, 'masks', '4.tif'));
    expect(await opening()).toMatch(/^masks\/4\.tif: the file is not there; correct or remove it/);
    await truncate(join(folder, 'masks', '1.tif'), 200);
    expect(await opening()).toMatch(/^masks\/[14]\.tif: /);
  });

  it('whose folder is a loop of links says so', async () => {
    await writeTestRelease(folder);
    await rm(join(folder, 'image'), { recursive: true });
    await symlink(join(folder, 'image'), join(folder, 'image'));
    expect(await opening()).toMatch(/image: its symbolic links lead in a circle; replace the link/);
  });

  it('with a folder or a file that may not be read names it', async () => {
    await writeTestRelease(folder);
    await chmod(folder, 0o755);
    const image = join(folder, 'image');
    expect(await asNobody(image, opening)).toBe(
      `${image}: permission denied; make it readable for this user (chmod, chown) or run as one who may read it`,
    );
    expect(await asNobody(folder, opening)).toMatch(new RegExp(`^${folder}: permission denied`));
    expect(await asNobody(join(folder, 'refs(unc).p'), opening)).toMatch(/^refs\(unc\)\.p: permission denied/);
    expect(await asNobody(join(folder, 'instances.json'), opening)).toMatch(/^instances\.json: permission denied/);
    const { root, tables } = await openTables(folder);
    const problems = await asNobody(join(image, 'P3.jpg'), () => validateTables(root, tables));
    expect(problems.map(problemText)).toEqual([
      'image/P3.jpg: image 103: it cannot be read; permission denied; make it readable for this user (chmod, chown) or run as one who may read it',
    ]);
  });

  it('beside a loop of links opens', async () => {
    await writeTestRelease(folder);
    await symlink(folder, join(folder, 'again'));
    await symlink(join(folder, 'b'), join(folder, 'a'));
    await symlink(join(folder, 'a'), join(folder, 'b'));
    expect(await opening()).toBe('opened');
  });

  it('of XML cut in half names the patch', async () => {
    await cp(join(fixtures, 'aerial-d'), folder, { recursive: true });
    await truncate(join(folder, 'val/annotations/P0003_patch_000000.xml'), 700);
    expect(await opening()).toBe(
      'val/annotations/P0003_patch_000000.xml: objects, record 2: the text ends in the middle (byte 700): the file is cut off; download it again',
    );
  });

  it('of a mask that is none names patch and object when the mask is read', async () => {
    await cp(join(fixtures, 'aerial-d'), folder, { recursive: true });
    const path = join(folder, 'train/annotations/P0004_patch_000000.xml');
    await writeFile(path, (await readFile(path, 'utf8')).replace("'_f41f32N", "'_f41f3\u00e92N"));
    const dataset = await openDataset(folder, { faulty: 'skip' });
    const read = () =>
      dataset.samples.filter(({ image }) => image.file.includes('P0004')).map((sample) => sample.mask());
    expect(read).toThrow(/^train\/annotations\/P0004_patch_000000\.xml: object 0: /);
  });

  it('of XML that is none names the patch and the place', async () => {
    await cp(join(fixtures, 'aerial-d'), folder, { recursive: true });
    const path = join(folder, 'val/annotations/P0003_patch_000000.xml');
    await writeFile(path, (await readFile(path, 'utf8')).replace('</name>', '</nome>'));
    expect(await opening()).toMatch(
      /^val\/annotations\/P0003_patch_000000\.xml: not well-formed XML: .*name.*; download it again$/,
    );
  });

  it('of a patch with a line of a hundred megabytes names patch and line, at once', async () => {
    await cp(join(fixtures, 'aerial-d'), folder, { recursive: true });
    const path = join(folder, 'train/annotations/P0002_patch_000000.xml');
    await writeFile(path, `<annotation>\n<name>${'x'.repeat(100 * 2 ** 20)}</name>\n</annotation>\n`);
    expect(await opening()).toMatch(
      /^train\/annotations\/P0002_patch_000000\.xml: line 2: it is 104,857,613 bytes long; .*; download it again$/,
    );
  });

  it('whose JSON has a record of a hundred megabytes names file and record', async () => {
    await writeTestRelease(folder);
    const path = join(folder, 'instances.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"images":[\n{', `"images":[\n{"note":"${'x'.repeat(100 * 2 ** 20)}",`));
    expect(await opening()).toMatch(
      /^instances\.json: images, record 1 \(byte \d+\): the record is larger than 64 MB; .* download/,
    );
  });

  it('with a TIFF cut off says so', async () => {
    await cp(join(fixtures, 'refsegrs'), folder, { recursive: true });
    await truncate(join(folder, 'images/4.tif'), 9000);
    const { root, tables } = await openTables(folder);
    expect((await validateTables(root, tables)).map(problemText)).toEqual([
      expect.stringMatching(
        /^images\/4\.tif: image 4: it cannot be decoded \((?!Unknown).*(cut off|Read error).*\); download/,
      ),
    ]);
  });

  it('that is none lists what was looked for', async () => {
    await mkdir(join(folder, 'holiday'));
    const message = await opening();
    for (const part of [
      'new_instances.json',
      'output_phrase_train.txt',
      'grefs(unc).json',
      'rrsisd/',
      '*.xml',
      folder,
    ]) {
      expect(message).toContain(part);
    }
    await rm(folder, { recursive: true });
    expect(await opening()).toMatch(/there is no such folder/);
  });
});

describe('explainFileError', () => {
  it.each([
    ['EACCES', /^image: permission denied; make it readable/],
    ['ELOOP', /^image: its symbolic links lead in a circle/],
    ['ENOSPC', /^image: the disk is full; .* nothing half-written/],
    ['EROFS', /^image: the file system is read-only/],
    ['ENOENT', /^image: it is not there/],
  ])('says what %s means', (code, message) => {
    const explained = explainFileError(Object.assign(new Error(`${code}: open`), { code }), 'image');
    expect(explained).toBeInstanceOf(UserError);
    expect((explained as Error).message).toMatch(message);
  });

  it('tells reading from writing', () => {
    const error = Object.assign(new Error('EACCES: mkdir'), { code: 'EACCES' });
    expect((explainFileError(error, 'out', 'write') as Error).message).toBe(
      'out: permission denied; choose a folder that this user may write',
    );
  });

  it('leaves other errors as they are', () => {
    const error = new TypeError('x is not a function');
    expect(explainFileError(error, 'image')).toBe(error);
  });
});
