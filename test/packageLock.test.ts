import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingBuilds } from '../scripts/completeLockfile.js';

const root = join(import.meta.dirname, '..');
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const lock = read('package-lock.json');

describe('package-lock.json', () => {
  it('holds the builds of packages for every system, or npm ci refuses it', () => {
    expect(Object.keys(missingBuilds(lock.packages)), 'run npx tsx scripts/completeLockfile.ts').toEqual([]);
    const incomplete = { 'node_modules/a': { dev: true, optionalDependencies: { '@a/linux-x64-musl': '1.2.3' } } };
    expect(missingBuilds(incomplete)).toEqual({
      'node_modules/@a/linux-x64-musl': {
        version: '1.2.3',
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
        dev: true,
        optional: true,
      },
    });
    expect(() => missingBuilds({ 'node_modules/a': { optionalDependencies: { mystery: '^1.0.0' } } })).toThrow(
      'node_modules/a needs mystery ^1.0.0',
    );
  });

  it('names no registry, so that any mirror serves it', () => {
    const resolved = Object.entries<{ resolved?: string }>(lock.packages).filter(([, entry]) => entry.resolved);
    expect(resolved).toEqual([]);
  });

  it('asks for what package.json asks for', () => {
    const { dependencies, devDependencies } = read('package.json');
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies });
  });

  it('keeps the GPU files of onnxruntime-node out, for npm 10 and 11', () => {
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('onnxruntime-node-install=skip');
    expect(read('package.json').allowScripts).toEqual({ 'onnxruntime-node': false });
  });
});
