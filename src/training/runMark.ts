import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { parseJsonOrNull, readIfThere, temporaryName } from '../files/index.js';

const markSchema = z.object({ pid: z.number().int().positive(), host: z.string() });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The living process on this machine that a mark's text names; null for a mark that counts no more. */
function holderOf(text: string): number | null {
  const marked = markSchema.safeParse(parseJsonOrNull(text));
  // A kill can leave the mark empty; another machine's processes cannot be asked.
  if (!marked.success || marked.data.host !== hostname() || marked.data.pid === process.pid) return null;
  return isAlive(marked.data.pid) ? marked.data.pid : null;
}

/**
 * Takes a mark away that counts no more, unless it has become another one: of two processes that find the same one, the
 * slower must not take away what the faster has put in its place.
 * @param stale the text that it was seen with
 */
export async function clearRunMark(path: string, stale: string): Promise<void> {
  const aside = temporaryName(path);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Puts this process's mark at a path, in the place of one that a killed process left; gives the process that holds it
 * otherwise, and null when it was put there.
 */
export async function takeRunMark(path: string): Promise<number | null> {
  for (;;) {
    try {
      await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readIfThere(path);
    // It was taken away in between.
    if (text === null) continue;
    const holder = holderOf(text);
    if (holder !== null) return holder;
    await clearRunMark(path, text);
  }
}
