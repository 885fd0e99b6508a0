import { expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { explainWriting } from './explainWriting.js';

const failure = (code: string) => Object.assign(new Error(`${code}: no, write`), { code, syscall: 'write' });

it.each([
  ['ENOSPC', 'out: the disk is full; nothing half-written was left: free some space, or name another place'],
  ['EDQUOT', 'out: the disk is full; nothing half-written was left: free some space, or name another place'],
  ['EACCES', 'out: cannot be written (EACCES: no, write). Name another place'],
  ['EROFS', 'out: cannot be written (EROFS: no, write). Name another place'],
])('says where, what and what to do next: %s', (code, message) => {
  const explained = explainWriting(failure(code), 'out');
  expect(explained).toBeInstanceOf(UserError);
  expect((explained as Error).message).toBe(message);
});

it('leaves what the file system did not throw as it is', () => {
  const own = new UserError('no such model');
  expect(explainWriting(own, 'out')).toBe(own);
  const stop = new Error('stopped by Ctrl-C');
  expect(explainWriting(stop, 'out')).toBe(stop);
  expect(explainWriting(undefined, 'out')).toBeUndefined();
});
