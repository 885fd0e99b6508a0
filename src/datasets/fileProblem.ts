import { UserError } from '../errors/index.js';

const explanations: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; make it readable for this user (chmod, chown) or run as one who may read it',
  EPERM: 'the system does not permit it; check its owner and the mount options',
  ELOOP: 'its symbolic links lead in a circle; replace the link by the real folder or file',
  ENOENT: 'it is not there; check the path, or unpack the release again',
  ENOTDIR: 'a part of the path is a file, not a folder; check the path',
  EISDIR: 'it is a folder where a file was expected; check the path',
  ENOSPC: 'the disk is full; free some space and run again: nothing half-written was left',
  EROFS: 'the file system is read-only; choose another folder',
  EMFILE: 'too many files are open; raise the limit (ulimit -n) or close other programs',
  EIO: 'the disk or the network drive failed to read; copy the release again',
  ENAMETOOLONG: 'the name is too long for the file system',
  EXDEV: 'a hard link cannot cross file systems; use --images copy or --images symlink',
};

const noWriting = 'permission denied; choose a folder that this user may write';

/**
 * Says what a failure of the file system means for a user: `image/: permission denied; make it readable ...`. Errors
 * that are not the file system's come back as they are.
 */
export function explainFileError(error: unknown, path: string, doing: 'read' | 'write' = 'read'): unknown {
  if (!(error instanceof Error) || error instanceof UserError || !('code' in error)) return error;
  const denied = error.code === 'EACCES' && doing === 'write';
  const explanation = denied ? noWriting : explanations[String(error.code)];
  return explanation === undefined ? error : new UserError(`${path}: ${explanation}`, { cause: error });
}

/** Runs a piece of work and explains what the file system says about `path` when it fails. */
export async function withFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, path);
  }
}

/** True for errors of the file system. */
export function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
