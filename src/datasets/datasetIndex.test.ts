import { cp, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rleToString } from '../masks/index.js';
import { decodeIndex, encodeIndex, indexPaths, sourceState, writeIndex } from './datasetIndex.js';
import { nwpuRefer } from './nwpuRefer.js';
import { openDataset, openTables } from './openDataset.js';
import type { Dataset } from './sample.js';
import { testRelease, writeTestRelease } from './testRelease.js';

const fixtures = resolve(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/datasets');

let folder: string;
let cacheFolder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-index-'));
  cacheFolder = await mkdtemp(join(tmpdir(), 'refersat-cache-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
  await rm(cacheFolder, { recursive: true, force: true });
});

const said = ({ samples, annotations, images, categories }: Dataset): unknown => ({
  images,
  categories,
  annotations: annotations.map((annotation) => ({ ...annotation, polygons: annotation.polygons?.(), mask: undefined })),
  samples: samples.map((sample) => ({ ...sample, mask: rleToString(sample.mask()) })),
});

describe('the index of a dataset', () => {
  it('gives what the files give, without reading them', async () => {
    await writeTestRelease(folder);
    const read = vi.spyOn(nwpuRefer, 'read');
    const first = await openDataset(folder, { cacheFolder });
    const second = await openDataset(folder, { cacheFolder });
    expect(read).toHaveBeenCalledTimes(1);
    expect(said(second)).toEqual(said(first));
    await openDataset(folder, { cacheFolder, rebuildIndex: true });
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is made anew when a file changes, in size or in time alone', async () => {
    await writeTestRelease(folder);
    await openDataset(folder, { cacheFolder });
    const instances = join(folder, 'instances.json');
    const text = await readFile(instances, 'utf8');
    await writeFile(instances, text.replaceAll('"ship"', '"tug"'));
    expect((await openDataset(folder, { cacheFolder })).samples[0].category).toBe('tug');
    const read = vi.spyOn(nwpuRefer, 'read');
    await utimes(instances, new Date(0), new Date(0));
    await openDataset(folder, { cacheFolder });
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is made anew when a mask is added to folders of masks', async () => {
    await cp(join(fixtures, 'refsegrs'), folder, { recursive: true });
    expect((await openDataset(folder, { cacheFolder })).samples).toHaveLength(9);
    await cp(join(folder, 'masks/1.tif'), join(folder, 'masks/77.tif'));
    await cp(join(folder, 'images/1.tif'), join(folder, 'images/77.tif'));
    await writeFile(join(folder, 'output_phrase_val.txt'), '77 another\n');
    const { samples } = await openDataset(folder, { cacheFolder });
    expect(samples.map(({ raw }) => raw)).toContain('another');
  });

  it('that is cut off, or of another time, is passed over', async () => {
    await writeTestRelease(folder);
    const whole = said(await openDataset(folder, { cacheFolder }));
    const [name] = await readdir(cacheFolder);
    const { length } = await readFile(join(cacheFolder, name));
    for (const bytes of [0, 10, 200, length - 9]) {
      await truncate(join(cacheFolder, name), bytes);
      expect(said(await openDataset(folder, { cacheFolder }))).toEqual(whole);
    }
    await writeFile(join(cacheFolder, name), 'refersat-index\nnonsense');
    expect(said(await openDataset(folder, { cacheFolder }))).toEqual(whole);
  });

  it('decodes to the tables that were encoded, and to nothing for other sources', async () => {
    await writeTestRelease(folder);
    const { root, tables } = await openTables(folder);
    const state = await sourceState(root, 'nwpu-refer', tables.files);
    const bytes = Buffer.from(encodeIndex(state, tables));
    expect(decodeIndex(bytes, state)).toEqual(tables);
    expect(decodeIndex(bytes, { ...state, sizes: [1, 2] })).toBeUndefined();
    expect(decodeIndex(bytes, { ...state, version: state.version + 1 })).toBeUndefined();
  });

  it('lies beside the dataset, and in the cache folder where that cannot be written', async () => {
    const many = testRelease();
    const references = Array.from({ length: 5000 }, (_, index) => ({
      ...many.references[index % 8],
      sentences: [{ raw: `sentence ${index} of a ${'very '.repeat(40)}long list` }],
    }));
    await writeTestRelease(folder, { ...many, references });
    await openDataset(folder);
    expect(await readdir(folder)).toContain('.refersat-index');

    vi.stubEnv('XDG_CACHE_HOME', cacheFolder);
    const [beside, inCache] = indexPaths(folder);
    expect(beside).toBe(join(folder, '.refersat-index'));
    expect(inCache.startsWith(join(cacheFolder, 'refersat', 'indexes'))).toBe(true);
    vi.unstubAllEnvs();
    const { root, tables } = await openTables(folder);
    const state = await sourceState(root, 'nwpu-refer', tables.files);
    // No user can write there, not even root.
    const closed = '/dev/null/.refersat-index';
    expect(await writeIndex([closed, inCache], state, tables)).toBe(inCache);
    expect(await writeIndex([closed], state, tables)).toBeUndefined();
  });

  it('is not written for a small release', async () => {
    await writeTestRelease(folder);
    await openDataset(folder);
    expect(await readdir(folder)).toEqual(['image', 'instances.json', 'refs(unc).p']);
  });
});
