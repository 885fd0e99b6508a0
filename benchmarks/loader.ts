import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createLoader, type Dataset, defaultAugment, type LoaderOptions, type Sample } from '../src/datasets/index.js';
import { addNoise, blankImage, decodeImage, encodeJpeg, resizeBilinearPillow } from '../src/imagery/index.js';
import { rleFromBox } from '../src/masks/index.js';
import { createRandom } from '../src/random/index.js';
import { median } from './times.js';

const sidePx = 1024;
const inputPx = 480;
const pictureCount = 32;

/** Pictures with fields, edges and grain, so that the JPEGs are about as large as aerial ones (0.3 to 0.5 MB). */
async function writePictures(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 0; index < pictureCount; index++) {
    const random = createRandom('benchmark', 'loader', index);
    const coarse = blankImage(24, 24);
    for (let at = 0; at < coarse.data.length; at++) coarse.data[at] = 40 + random.integer(170);
    const image = addNoise(resizeBilinearPillow(coarse, sidePx, sidePx), 9, random);
    for (let box = 0; box < 60; box++) {
      const [left, top] = [random.integer(sidePx - 60), random.integer(sidePx - 60)];
      const colour = [random.integer(256), random.integer(256), random.integer(256)];
      for (let row = top; row < top + 50; row++) {
        for (let column = left; column < left + 30; column++) image.data.set(colour, (row * sidePx + column) * 3);
      }
    }
    const path = join(folder, `${index}.jpg`);
    writeFileSync(path, await encodeJpeg(image, 85));
    paths.push(path);
  }
  return paths;
}

function datasetOf(folder: string): Dataset {
  const samples = Array.from({ length: pictureCount }, (_, index): Sample => {
    const box = [100, 100 + index, 200, 150] as [number, number, number, number];
    return {
      id: `${index}`,
      image: { id: index, file: `${index}.jpg`, width: sidePx, height: sidePx },
      split: 'train',
      raw: 'the leftmost car',
      sentence: 'the leftmost car',
      language: 'en',
      kind: 'single',
      targets: [index],
      category: 'car',
      mask: () => rleFromBox(box, sidePx, sidePx),
    };
  });
  return {
    format: 'benchmark',
    root: folder,
    imageFolder: folder,
    files: [],
    images: [],
    annotations: [],
    samples,
    categories: ['car'],
  };
}

/** The peer: a process that answers each task with its milliseconds for all pictures; null without REFERSAT_PEER_PYTHON. */
async function startPeer(folder: string) {
  const python = process.env.REFERSAT_PEER_PYTHON;
  if (!python) return null;
  const script = join(dirname(fileURLToPath(import.meta.url)), 'peers/loader.py');
  const peer = spawn(python, [script, folder, String(pictureCount), String(inputPx)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, string | number>> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`${python} ${script} ended early`);
    return JSON.parse(value);
  };
  const { pillow, cores } = await next();
  return {
    about: `Pillow ${pillow}, ${cores} processes where it says all cores`,
    async ask(task: string): Promise<{ milliseconds: number; check: number }> {
      peer.stdin.write(`${task}\n`);
      const { milliseconds, check } = await next();
      return { milliseconds: Number(milliseconds), check: Number(check) };
    },
    end: () => peer.stdin.end(),
  };
}

function sum(data: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < data.length; at++) total += data[at];
  return total;
}

/**
 * Pictures a second that the loader decodes and resizes from 1024 px JPEGs to 480 px, beside Pillow (a Python that has it:
 * REFERSAT_PEER_PYTHON), the two taking turns; and whole batches with the cache cold and warm. `--rounds N` (7), `--out FILE.md`.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const flag = (name: string): string | undefined => {
    const place = args.indexOf(name);
    return place < 0 ? undefined : args[place + 1];
  };
  const rounds = Number(flag('--rounds') ?? 7);
  const folder = mkdtempSync(join(tmpdir(), 'refersat-bench-'));
  try {
    const paths = await writePictures(folder);
    // Node starts no thread from TypeScript: a few lines that load tsx first do.
    const program = join(folder, 'worker.mjs');
    const tsx = pathToFileURL(
      createRequire(import.meta.url)
        .resolve('tsx/esm/api')
        .replace(/cjs$/, 'mjs'),
    ).href;
    const worker = new URL('../src/datasets/loaderWorker.ts', import.meta.url).href;
    writeFileSync(program, `import { register } from '${tsx}';\nregister();\nawait import('${worker}');\n`);
    const cores = availableParallelism();
    const dataset = datasetOf(folder);
    const open = (options: Partial<LoaderOptions>) =>
      createLoader(dataset, { sizePx: inputPx, batch: 8, seed: 1, workerProgram: pathToFileURL(program), ...options });
    const drain = async (loader: ReturnType<typeof open>): Promise<void> => {
      for await (const batch of loader.epoch(0)) batch.images.at(0);
    };
    const threaded = open({ workers: cores, cacheMegabytes: 0 });
    const warm = open({ workers: 0 });
    const augmented = open({ workers: 0, augment: { ...defaultAugment, crop: undefined } });
    const peer = await startPeer(folder);
    const decoded = await Promise.all(paths.slice(0, 8).map((path) => decodeImage(path)));
    const tasks: { label: string; peer?: string; run: () => Promise<number> }[] = [
      {
        label: 'decode and resize, one picture after another',
        peer: 'one by one',
        run: async () => {
          let check = 0;
          for (const path of paths) check += sum(resizeBilinearPillow(await decodeImage(path), inputPx, inputPx).data);
          return check;
        },
      },
      {
        label: 'resize alone',
        peer: 'resize',
        run: async () => {
          let check = 0;
          for (let index = 0; index < pictureCount; index++) {
            check += resizeBilinearPillow(decoded[index % decoded.length], inputPx, inputPx).data[7];
          }
          return check;
        },
      },
      { label: 'batches of 8, all cores, nothing cached', peer: 'all cores', run: () => drain(threaded).then(() => 0) },
      { label: 'batches of 8 from the cache', run: () => drain(warm).then(() => 0) },
      { label: 'batches of 8 from the cache, augmented', run: () => drain(augmented).then(() => 0) },
    ];
    const rows: string[] = [];
    for (const task of tasks) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = -2; round < rounds; round++) {
        const started = performance.now();
        const check = await task.run();
        const milliseconds = performance.now() - started;
        const answer = task.peer === undefined ? undefined : await peer?.ask(task.peer);
        if (answer && task.peer === 'one by one' && answer.check !== check) {
          throw new Error(`${task.label}: pixels sum to ${check}, Pillow's to ${answer.check}`);
        }
        if (round < 0) continue;
        ours.push(milliseconds);
        if (answer) theirs.push(answer.milliseconds);
      }
      const rate = (values: readonly number[]): number => (pictureCount * 1000) / median(values);
      const other =
        theirs.length === 0 ? ['-', '-'] : [rate(theirs).toFixed(0), (rate(ours) / rate(theirs)).toFixed(2)];
      rows.push(`| ${task.label} | ${rate(ours).toFixed(0)} | ${other[0]} | ${other[1]} |`);
    }
    peer?.end();
    await Promise.all([threaded, warm, augmented].map((loader) => loader.close()));
    const text = [
      `JPEGs of ${sidePx} x ${sidePx} px to ${inputPx} x ${inputPx}, pictures a second, medians of ${rounds} rounds in turn after 2 to warm up; ` +
        `Node ${process.version}, ${cores} cores; ${peer?.about ?? 'no peer (set REFERSAT_PEER_PYTHON)'}; ${cpus()[0]?.model ?? 'unknown processor'}.`,
      '',
      '| task | refersat, pictures/s | Pillow, pictures/s | ratio |',
      '| --- | ---: | ---: | ---: |',
      ...rows,
      '',
    ].join('\n');
    process.stdout.write(text);
    const out = flag('--out');
    if (out !== undefined) {
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(out, `# The loader beside Pillow\n\n\`npm run bench -- loader\`\n\n${text}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
