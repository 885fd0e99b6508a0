import { parseArgs } from 'node:util';
import { renderScene } from '../src/generator/scenes/index.js';
import { syntheticScenes } from '../src/generator/syntheticScenes.js';

/** Writes a line of the report. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/**
 * `npm run bench -- scenes [--scenes N] [--size PX] [--workers N]`: rendered scenes a second. First on this thread,
 * with the processor time a scene takes; then by worker threads, as `refersat generate --scenes` does it.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenes: { type: 'string', default: '60' },
      size: { type: 'string', default: '512' },
      workers: { type: 'string', default: '2' },
    },
  });
  const [count, sizePx, workers] = [Number(values.scenes), Number(values.size), Number(values.workers)];
  const themes = new Map<string, { milliseconds: number; scenes: number; things: number }>();
  // The first scene of a process fills the noise tiles that all later ones share.
  await renderScene(5, 0, { sizePx });
  const before = process.cpuUsage();
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const from = process.cpuUsage();
    const { scene } = await renderScene(5, index, { sizePx });
    const { user, system } = process.cpuUsage(from);
    const row = themes.get(scene.theme!) ?? { milliseconds: 0, scenes: 0, things: 0 };
    row.milliseconds += (user + system) / 1000;
    row.scenes++;
    row.things += scene.objects.length;
    themes.set(scene.theme!, row);
  }
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(before);
  const perScene = (used.user + used.system) / 1000 / count;
  say(
    `one thread: ${(count / seconds).toFixed(1)} scenes/s of ${sizePx} px; processor time ${perScene.toFixed(0)} ms a scene`,
  );
  say('theme          scenes   ms/scene   things/scene');
  for (const [name, row] of [...themes].sort(
    (a, b) => b[1].milliseconds / b[1].scenes - a[1].milliseconds / a[1].scenes,
  )) {
    say(
      `${name.padEnd(14)}${String(row.scenes).padStart(6)}${(row.milliseconds / row.scenes).toFixed(0).padStart(11)}${(row.things / row.scenes).toFixed(0).padStart(15)}`,
    );
  }
  let rendered = 0;
  let from = 0;
  for await (const _ of syntheticScenes({ count: count + workers, seed: 5, sizePx, workers })) {
    rendered++;
    // The workers' start and first scenes are not counted.
    if (rendered === workers) from = performance.now();
  }
  say(
    `${workers} workers: ${(count / ((performance.now() - from) / 1000)).toFixed(1)} scenes/s of ${sizePx} px, start of the workers left out`,
  );
}
