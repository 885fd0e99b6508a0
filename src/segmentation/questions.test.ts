import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { asNobody } from '../files/testNobody.js';
import { findPictures } from './findPictures.js';
import { modelName } from './modelFolder.js';
import { isQuestionList, parseQuestions } from './questions.js';
import { resultName } from './resultName.js';

describe('a list of questions', () => {
  const wanted = [
    { image: 'a.png', path: '/data/a.png', sentence: 'the red car, left' },
    { image: '/other/b.png', path: '/other/b.png', sentence: '红色的车' },
  ];
  const [first, second] = wanted;
  it.each([
    ['CSV', `image,sentence\na.png,"${first.sentence}"\n/other/b.png,${second.sentence}\n`],
    [
      'CSV with a mark, other fields and empty lines',
      `\uFEFFid,sentence,image\r\n\r\n1,"${first.sentence}",a.png\r\n2,${second.sentence},/other/b.png`,
    ],
    ['CSV with semicolons', `image;sentence\na.png;${first.sentence}\n/other/b.png;${second.sentence}\n`],
    ['TSV', `image\tsentence\na.png\t${first.sentence}\n/other/b.png\t${second.sentence}\n`],
    [
      'JSON lines',
      `\uFEFF${wanted.map(({ image, sentence }) => JSON.stringify({ id: 7, image, sentence })).join('\n\n')}\n`,
    ],
  ])('is read as %s', async (_name, text) => {
    expect(await parseQuestions(text, 'q', '/data')).toEqual(wanted);
  });

  it.each([
    ['', 'q: holds no question'],
    ['image,sentence\n', 'q: holds no question'],
    ['image,sentence\na.png,x\n,y\n', 'q: line 3: expected the fields image and sentence'],
    ['image,sentence\na.png,"two\nlines"\nb.png," "\n', 'q: line 4'],
    ['image,sentence\na.png,\u200b\n', 'q: line 2'],
    ['picture,text\na.png,x\n', 'q: line 2'],
    ['image,sentence\na.png,one,two\n', 'q: is no table'],
    ['{"image": "a.png", "sentence": "x"}\n{"image": 3}', 'q: line 2: expected'],
    ['{"image": "a.png", "sentence": "x"}\n{broken', 'q: line 2: is no JSON'],
  ])('is refused with its place: %j', async (text, message) => {
    const error = await parseQuestions(text, 'q', '/data').catch((problem: Error) => problem);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(message);
  });

  it('is known by its ending', () => {
    expect(['a.csv', 'b.TSV', 'c.jsonl', 'd.ndjson'].every(isQuestionList)).toBe(true);
    expect(isQuestionList('a.png')).toBe(false);
  });
});

describe('pictures that an argument means', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refersat-pictures-'));
    for (const path of ['in/b.PNG', 'in/a.jpg', 'in/notes.txt', 'in/deep/c.tif', 'in/d[1].png', 'out/x_mask.png']) {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), '');
    }
    await mkdir(join(folder, 'empty'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const named = async (argument: string) => (await findPictures(argument, folder)).map(({ image }) => image);

  it('are a file, those of a folder, or those of a pattern, named as they were asked for', async () => {
    expect(await findPictures('in/a.jpg', folder)).toEqual([{ image: 'in/a.jpg', path: join(folder, 'in/a.jpg') }]);
    expect(await named('in/d[1].png')).toEqual(['in/d[1].png']);
    expect(await named('in')).toEqual(['in/a.jpg', 'in/b.PNG', 'in/d[1].png']);
    expect(await named('in/*')).toEqual(['in/a.jpg', 'in/b.PNG', 'in/d[1].png']);
    expect(await named('./**/*.{tif,jpg}')).toEqual(['in/a.jpg', 'in/deep/c.tif']);
    expect(await named(join(folder, 'in/*.jpg'))).toEqual([join(folder, 'in/a.jpg')]);
  });

  it('are never the results of an earlier run, wherever those lie', async () => {
    const own = ['a_the-red-car_mask.png', 'a_the-red-car_overlay.png', 'b_all-2_mask.png'];
    const others = ['a_mask.png', 'a_b_mask.png', 'b_all_tanks_mask.png', 'b_all_tanks_overlay.png', 'z_car_mask.png'];
    for (const place of ['ran', 'ran/deep']) {
      await mkdir(join(folder, place));
      for (const name of ['a.jpg', 'b.png', ...own, ...others]) await writeFile(join(folder, place, name), '');
      await writeFile(join(folder, place, 'results.jsonl'), '{"image": "elsewhere/b.png", "sentence": "all"}\n');
    }
    const pictures = ['a.jpg', 'b.png', ...others].sort();
    const within = (place: string) => pictures.map((name) => `${place}/${name}`);
    expect(await named('ran')).toEqual(within('ran'));
    expect(await named('ran/*.{png,jpg}')).toEqual(within('ran'));
    expect(await named('ran/**/*')).toEqual([...within('ran'), ...within('ran/deep')].sort());
    expect(await named('ran/a_the-red-car_mask.png')).toEqual(['ran/a_the-red-car_mask.png']);
    await expect(named('ran/*_overlay.png')).resolves.toEqual(['ran/b_all_tanks_overlay.png']);
    await expect(named('ran/*car_overlay.png')).rejects.toThrow('only results of earlier runs');
  });

  it('are told from the results of a picture whose name has the same marks', async () => {
    await mkdir(join(folder, 'marks'));
    const results = ['a_b_the-car_mask.png', 'a_b_the-car_overlay.png', 'a_b_all_mask.png', 'a_b_all_overlay.png'];
    const pictures = ['a_b.png', 'c_The-Car_mask.png', 'c_The-Car_overlay.png', 'c.png'];
    for (const name of [...results, ...pictures]) await writeFile(join(folder, 'marks', name), '');
    expect(await named('marks')).toEqual(pictures.sort().map((name) => `marks/${name}`));
  });

  it('are left out as results where those lie in another folder', async () => {
    await mkdir(join(folder, 'far/pictures'), { recursive: true });
    for (const path of ['far/pictures/p.png', 'far/p_car_mask.png', 'far/p_car_overlay.png', 'far/q_car_mask.png']) {
      await writeFile(join(folder, path), '');
    }
    expect(await named('far/**/*.png')).toEqual(['far/pictures/p.png', 'far/q_car_mask.png']);
  });

  it.each([
    ['missing.png', 'missing.png: no such file or folder'],
    ['empty', 'empty: the folder holds no picture'],
    ['in/*.gif', 'in/*.gif: no picture matches the pattern'],
    ['in/*.txt', 'no picture matches'],
  ])('are missed by name: %s', async (argument, message) => {
    await expect(findPictures(argument, folder)).rejects.toThrow(message);
  });

  it('are not said to be missing where one may not look', async () => {
    await chmod(folder, 0o755);
    const looking = () => findPictures('closed/a.png', folder);
    await mkdir(join(folder, 'closed'));
    await expect(asNobody(join(folder, 'closed'), looking)).rejects.toThrow(
      'closed/a.png: no permission to look there',
    );
  });
});

describe('the name of results', () => {
  it('says picture and sentence, and is given once', () => {
    const taken = new Set<string>();
    const next = (picture: string, sentence: string) => {
      const name = resultName(picture, sentence, (candidate) => taken.has(candidate));
      taken.add(name.toLowerCase());
      return name;
    };
    expect(next('a/Port.png', 'The red car!')).toBe('Port_the-red-car');
    expect(next('b/port.jpg', 'the RED car')).toBe('port_the-red-car-2');
    expect(next('a/Port.png', 'the red car')).toBe('Port_the-red-car-3');
    expect(next('a.png', '???')).toBe('a_sentence');
    expect(next('-', 'the car')).toBe('stdin_the-car');
    expect(next('船.png', '左边的红色汽车')).toBe('船_左边的红色汽车');
  });

  it('fits a file system, however long they are', () => {
    const name = resultName(`${'港'.repeat(70)}.png`, '🚗红'.repeat(200), () => false);
    expect(Buffer.byteLength(`${name}-1000_overlay.png`)).toBeLessThan(255);
    expect(encodeURIComponent(name), 'no half of a character').toContain('_');
  });
});

describe('the name of a model', () => {
  it.each([
    ['open', 'open'],
    ['runs/mine/', 'mine'],
    ['runs/mine/checkpoints/best', 'mine/best'],
  ])('%s', (argument, wanted) => expect(modelName(argument)).toBe(wanted));
});
