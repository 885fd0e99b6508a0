import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run bench -- NAME [arguments]` runs `benchmarks/NAME.ts`, which exports `run(args)`. */
const folder = dirname(fileURLToPath(import.meta.url));
const [name, ...args] = process.argv.slice(2);
if (name === undefined || !/^[A-Za-z0-9]+$/.test(name) || name === 'run' || !existsSync(join(folder, `${name}.ts`))) {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -3));
  process.stderr.write(`usage: npm run bench -- NAME [arguments], where NAME is one of: ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const benchmark = (await import(`./${name}.js`)) as { run(args: readonly string[]): Promise<void> };
  await benchmark.run(args);
}
