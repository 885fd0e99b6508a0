import { chmod, stat } from 'node:fs/promises';

/** Does work as a user who may not read a path: root, whom no permission stops, becomes nobody meanwhile. */
export async function asNobody<T>(closed: string, work: () => Promise<T>): Promise<T> {
  const { mode } = await stat(closed);
  const isRoot = process.geteuid?.() === 0;
  await chmod(closed, 0);
  if (isRoot) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(closed, mode);
  }
}
