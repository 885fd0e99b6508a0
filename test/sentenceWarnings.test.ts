import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { segmentCommand } from '../src/cli/segment.js';
import { runForTest } from '../src/cli/testIo.js';
import { writeFileAtomic } from '../src/files/index.js';
import { encodePng } from '../src/imagery/index.js';
import { loadModel } from '../src/segmentation/index.js';
import { encodeSentence } from '../src/text/index.js';
import { loadCheckpoint } from '../src/weights/index.js';
import { saveTinyModel } from './tinyModel.js';

/** What a sentence that a model cannot read as it stands tells its caller, from the tokenizer to the command. */
const sentences = ['the red car on the left', 'the large ship near the pier', '左边的红色汽车'];
const long = 'the red car on the left near the large ship near the pier on the left';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refersat-words-'));
  await saveTinyModel(join(folder, 'model'), { sentences, maxWords: 8 });
  const data = Uint8Array.from({ length: 3 * 40 * 30 }, (_, index) => index % 251);
  await writeFileAtomic(join(folder, 'picture.png'), await encodePng({ width: 40, height: 30, data }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a sentence that the model cannot read as it stands', () => {
  it('is cut before [SEP], and spelt in pieces where a word is new', async () => {
    const { tokenizer, seenWords } = await loadCheckpoint(join(folder, 'model'));
    const cut = encodeSentence(tokenizer, long, 8, { seenWords: seenWords ?? undefined });
    expect(tokenizer.tokenOf(cut.ids[7])).toBe('[SEP]');
    expect(cut).toMatchObject({ truncated: true, unknownWords: [] });
    for (const word of ['harbours', 'zeppelin', 'B52', 'quay-side']) {
      const pieces = tokenizer.tokens(word);
      expect(pieces.length, word).toBeGreaterThan(0);
      expect(pieces, word).not.toContain('[UNK]');
    }
    expect(tokenizer.tokens('红色的车')).toEqual(['红', '色', '的', '车']);
  });

  it('is reported to the caller: cut, and the words that training never showed', async () => {
    const model = await loadModel(join(folder, 'model'), { threads: 1 });
    try {
      const picture = join(folder, 'picture.png');
      const known = await model.segment(picture, 'the red car');
      expect(known).toMatchObject({ truncated: false, unknownWords: [] });
      const strange = await model.segment(picture, 'the zeppelin near the Harbour 飞机');
      expect(strange.unknownWords).toEqual(['zeppelin', 'harbour', '飞', '机']);
      expect((await model.segment(picture, long)).truncated).toBe(true);
      expect(model.words?.counts.get('red')).toBe(1);
    } finally {
      await model.close();
    }
  });

  it('is warned of by refersat segment', async () => {
    const words = ['segment', 'picture.png', `${long} zeppelin`, '--model', join(folder, 'model'), '--no-files'];
    const { code, stderr } = await runForTest([segmentCommand], words, { workingFolder: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('was never trained on zeppelin');
    expect(stderr).toContain('longer than the 8 tokens that the model reads; its end is cut');
  });

  it('is warned of without a list of words that the folder does not have', async () => {
    const model = join(folder, 'unlisted');
    await cp(join(folder, 'model'), model, { recursive: true });
    await rm(join(model, 'words.txt'));
    const words = ['segment', 'picture.png', 'the zeppelin Ω', '--model', model, '--no-files'];
    const { code, stderr } = await runForTest([segmentCommand], words, { workingFolder: folder });
    expect(code).toBe(0);
    expect(stderr).toContain('the model unlisted has no word pieces for ω, whose characters its vocabulary lacks');
    expect(stderr).not.toContain('words.txt');
  });
});
