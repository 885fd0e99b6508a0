import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, platform, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError, UserError } from '../errors/index.js';
import { parseJsonOrNull, temporaryName, writeFileAtomic } from '../files/index.js';
import { completeTrainingConfig, configFromText, configToYaml } from './configYaml.js';
import { takeRunMark } from './runMark.js';
import type { TrainingConfig } from './trainingConfig.js';

const configFile = 'config.yaml';
const environmentFile = 'environment.json';
const lockFile = 'running.json';

/** The machine and programs of a session of a run. */
interface Session {
  readonly started: string;
  readonly refersat: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
}

const require = createRequire(import.meta.url);

/** The version of this package. */
export const packageVersion = (): string => (require('../../package.json') as { version: string }).version;

function describeSession(): Session {
  const cores = cpus();
  return {
    started: new Date().toISOString(),
    refersat: packageVersion(),
    node: process.versions.node,
    onnxruntime: (require('onnxruntime-node/package.json') as { version: string }).version,
    system: `${platform()} ${release()}`,
    processor: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
  };
}

/** A name for a run that has none: model, preset and the time to the second. */
export function nameRun(config: TrainingConfig, now: Date): string {
  const time = now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  return `${config.model.model ?? 'mrsnet'}-${config.model.preset ?? 'nano'}-${time}`;
}

/**
 * Makes the folder of a new run with its settings and environment.
 * @throws UsageError for a name that cannot be a folder's, UserError when there is something of this name already (a run
 *   is never overwritten) or `runs` is no folder
 */
export async function createRunFolder(runs: string, name: string, config: TrainingConfig): Promise<string> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)) {
    throw new UsageError(
      `--name ${name}: letters, digits, dots, dashes and underscores make the name of a run's folder`,
    );
  }
  const folder = join(runs, name);
  const taken = new UserError(
    `${folder}: is there already, and a run is never overwritten; choose another --name, or go on with --resume ${name}`,
  );
  if (existsSync(folder)) throw taken;
  await mkdir(runs, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOTDIR') throw error;
    throw new UserError(`${runs}: is a file, or lies in one; name a folder for the runs with --runs`, { cause: error });
  });
  const temporary = temporaryName(folder);
  try {
    await mkdir(temporary);
    const heading = `Settings of the run ${name}; go on with: refersat train --resume ${name}`;
    await writeFile(join(temporary, configFile), configToYaml(config, heading));
    await writeFile(join(temporary, environmentFile), `${JSON.stringify({ sessions: [] }, null, 2)}\n`);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOTEMPTY' || code === 'EEXIST' ? taken : error;
  }
  return folder;
}

/**
 * The folder that `--resume` means and its settings: a path, or a name below the folder of runs.
 * @throws UserError when it is no run
 */
export async function openRunFolder(
  runs: string,
  nameOrFolder: string,
  workingFolder = process.cwd(),
): Promise<{ folder: string; config: TrainingConfig }> {
  const places = [resolve(workingFolder, nameOrFolder), join(runs, nameOrFolder)];
  const folder = places.find((place) => existsSync(join(place, configFile)));
  if (!folder) {
    throw new UserError(
      `${nameOrFolder}: is no training run (no ${configFile} in ${places.join(' or ')}); start one with refersat train --data`,
    );
  }
  const path = join(folder, configFile);
  return { folder, config: completeTrainingConfig(configFromText(await readFile(path, 'utf8'), path), path) };
}

/** Folders that this process trains in. */
const ownFolders = new Set<string>();

/**
 * Marks a run as going on in this process and records the session's environment; gives the function that takes the mark
 * away. The mark of a process that was killed counts no more.
 * @throws UserError when this or another process on this machine trains in the folder
 */
export async function beginSession(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, lockFile);
  const place = resolve(folder);
  if (ownFolders.has(place)) throw new UserError(`${folder}: this process is training in it already`);
  ownFolders.add(place);
  try {
    const holder = await takeRunMark(path);
    if (holder !== null) {
      throw new UserError(
        `${folder}: process ${holder} is training in it; stop that one first (or delete ${path} where that process is something else)`,
      );
    }
    await recordSession(folder);
  } catch (error) {
    ownFolders.delete(place);
    throw error;
  }
  return async () => {
    ownFolders.delete(place);
    await rm(path, { force: true });
  };
}

/** What stands there is kept as it is; a file that is none begins anew, since no run depends on it. */
const sessionsSchema = z.object({ sessions: z.array(z.unknown()) }).catch({ sessions: [] });

async function recordSession(folder: string): Promise<void> {
  const environment = join(folder, environmentFile);
  const text = await readFile(environment, 'utf8').catch(() => '');
  const sessions = [...sessionsSchema.parse(parseJsonOrNull(text)).sessions, describeSession()];
  await writeFileAtomic(environment, `${JSON.stringify({ sessions }, null, 2)}\n`);
}
