import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenizerFromVocabulary, tokenizerToJson } from '../text/index.js';
import { loadCheckpoint, loadConfig } from './checkpoint.js';
import { writeRandomCheckpoint } from './testCheckpoint.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-checkpoint-'));
  await writeRandomCheckpoint(folder, ['the red car'], {
    model: 'lavt',
    imageSizePx: 64,
    trunk: { kind: 'convolutional', widths: [8, 8, 8, 8], depths: [1, 1, 1, 1], norm: 'batch' },
    text: { width: 8, layers: 1, heads: 1, hiddenWidth: 8, maxPositions: 24, dropout: 0 },
    decoder: { width: 8, norm: 'batch' },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs with another file in the folder, and puts the old one back. */
async function withFile(name: string, content: string, run: () => Promise<void>): Promise<void> {
  const path = join(folder, name);
  const before = await readFile(path, 'utf8');
  await writeFile(path, content);
  try {
    await run();
  } finally {
    await writeFile(path, before);
  }
}

describe('a checkpoint folder', () => {
  it.each([
    [
      '{"model": "lavt"}',
      'is no model configuration of refersat: the settings make no model: preset: is missing; image',
    ],
    ['[]', 'is no model configuration of refersat: '],
    ['{', 'is no JSON: '],
  ])('with %s for a config.json is refused in words, with the file', async (text, message) => {
    await withFile('config.json', text, async () => {
      await expect(loadConfig(folder)).rejects.toThrow(`${join(folder, 'config.json')}: ${message}`);
      await expect(loadConfig(folder)).rejects.not.toThrow('"code"');
    });
  });

  it('with a setting in it that does not exist is refused by its name', async () => {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as { decoder: object };
    const text = JSON.stringify({ ...config, decoder: { ...config.decoder, widht: 64 } });
    await withFile('config.json', text, async () => {
      await expect(loadCheckpoint(folder)).rejects.toThrow('decoder.widht: there is no such setting');
    });
  });

  it('with more word pieces than the model has vectors for is refused, with both counts', async () => {
    const { model, tokenizer } = await loadCheckpoint(folder);
    const size = model.config.text.vocabularySize;
    const larger = tokenizerFromVocabulary([...tokenizer.vocabulary.keys(), 'zeppelin']);
    await withFile('tokenizer.json', tokenizerToJson(larger), async () => {
      await expect(loadCheckpoint(folder)).rejects.toThrow(
        `${join(folder, 'tokenizer.json')}: has ${size + 1} word pieces, but the model has vectors for ${size} (text.vocabularySize in config.json)`,
      );
    });
    const smaller = tokenizerFromVocabulary([...tokenizer.vocabulary.keys()].slice(0, -1));
    await withFile('tokenizer.json', tokenizerToJson(smaller), async () => {
      expect((await loadCheckpoint(folder)).tokenizer.vocabulary.size).toBe(size - 1);
    });
  });
});
