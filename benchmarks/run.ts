import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `npm run bench -- NAME [arguments]` runs `benchmarks/NAME.ts`, which exports `run(args)`. */
const folder = dirname(fileURLToPath(import.meta.url));
const [name = '', ...args] = process.argv.slice(2);
const isBenchmark = (file: string): boolean =>
  file.endsWith('.ts') && /^export async function run\(/m.test(readFileSync(join(folder, file), 'utf8'));
const names = readdirSync(folder)
  .filter(isBenchmark)
  .map((file) => file.slice(0, -3))
  .sort();
if (!names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- NAME [arguments], where NAME is one of: ${names.join(', ')}\n`);
  process.exitCode = 2;
} else {
  const benchmark = (await import(`./${name}.js`)) as { run(args: readonly string[]): Promise<void> };
  await benchmark.run(args);
}
