import { expect, it } from 'vitest';
import { UserError } from '../errors/index.js';
import { explainFullDisk } from './fullDisk.js';

it.each(['ENOSPC', 'EDQUOT'])('says where, what was kept and what to do: %s', (code) => {
  const explained = explainFullDisk(Object.assign(new Error(code), { code }), 'runs/a', 'free some space');
  expect(explained).toBeInstanceOf(UserError);
  expect((explained as Error).message).toBe('runs/a: the disk is full; free some space');
});

it('leaves other errors as they are', () => {
  const error = Object.assign(new Error('no'), { code: 'EACCES' });
  expect(explainFullDisk(error, 'runs/a', 'free some space')).toBe(error);
  expect(explainFullDisk(null, 'runs/a', 'free some space')).toBeNull();
});
