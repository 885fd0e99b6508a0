import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sentenceConstructs } from './sentenceConstructs.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'refersat-constructs-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const writeScenes = (scenes: unknown): Promise<void> =>
  writeFile(join(root, 'scenes.json'), JSON.stringify({ format: 'refersat scenes 1', scenes }));

describe('sentenceConstructs', () => {
  it('gives null for a release without traces', async () => {
    expect(await sentenceConstructs({ root })).toBeNull();
  });

  it('tells what each sentence rests on, whatever else a scene holds', async () => {
    await writeScenes([
      { imageId: 1, objects: [], sentences: [{ sentenceId: 1, construct: 'category', form: {} }] },
      { imageId: 2, objects: [], sentences: [] },
      { imageId: 3, objects: [], sentences: [{ sentenceId: 7, construct: 'ordinal' }] },
    ]);
    expect(await sentenceConstructs({ root })).toEqual(
      new Map([
        [1, 'category'],
        [7, 'ordinal'],
      ]),
    );
  });

  it('names file and record of a scene that lacks it', async () => {
    await writeScenes([{ sentences: [] }, { sentences: [{ sentenceId: 1 }] }]);
    await expect(sentenceConstructs({ root })).rejects.toThrow(
      /scenes\.json: scenes, record 2: sentences\.0\.construct: .*refersat generate/,
    );
    await writeFile(join(root, 'scenes.json'), '{"scenes":[{"sentences":[');
    await expect(sentenceConstructs({ root })).rejects.toThrow(/scenes\.json/);
  });
});
