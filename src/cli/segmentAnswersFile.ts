import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createLineFile, readJsonLines, temporaryName } from '../files/index.js';
import type { EarlierAnswer } from '../segmentation/index.js';
import type { SegmentRecord } from './segmentResults.js';

/** The `results.jsonl` of a folder, with a run's answers among those that stand there already. */
export interface AnswersFile {
  /** @param name what the answer's files are called: the earlier answer of that name is replaced in its place */
  write(record: SegmentRecord, name: string): Promise<void>;
  /** Gives the file its new lines; without any the file stays as it was. */
  commit(): Promise<void>;
  /** Leaves nothing unfinished behind, also after `commit`. */
  discard(): Promise<void>;
}

/** Where a line stands in the file of new lines. */
interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Opens a `results.jsonl`, with a file of the new lines beside it until `commit`; missing folders are made. Lines keep
 * their order, since an answer's place says what its files are called (readEarlierAnswers). Throws what the file system
 * throws (ENOSPC, EACCES).
 * @param earlier the answers that stand there
 */
export async function openAnswersFile(path: string, earlier: readonly EarlierAnswer[]): Promise<AnswersFile> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  const handle = await open(temporary, 'w+');
  const rowOf = new Map(earlier.map(({ name }, row) => [name.toLowerCase(), row]));
  const replaced = new Map<number, Place>();
  const added: Place[] = [];
  let end = 0;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  };

  const newLine = async ({ offset, bytes }: Place): Promise<unknown> => {
    const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, offset);
    return JSON.parse(buffer.toString());
  };

  const merge = async (): Promise<void> => {
    const merged = await createLineFile(path);
    try {
      let row = 0;
      for await (const { value } of readJsonLines(path)) {
        const place = replaced.get(row++);
        await merged.write(place ? await newLine(place) : value);
      }
      for (const place of added) await merged.write(await newLine(place));
      await merged.commit();
    } finally {
      await merged.discard();
    }
  };

  return {
    async write(record, name) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      await handle.appendFile(line);
      const place = { offset: end, bytes: line.length };
      end += line.length;
      const row = rowOf.get(name.toLowerCase());
      if (row === undefined) added.push(place);
      else replaced.set(row, place);
    },
    async commit() {
      if (end === 0) return;
      if (earlier.length > 0) return merge();
      await handle.sync();
      await close();
      await rename(temporary, path);
    },
    async discard() {
      await close();
      await rm(temporary, { force: true });
    },
  };
}
