import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  nwpuReferCategories,
  openDataset,
  type Release,
  type ReleaseAnnotation,
  type ReleaseReference,
  writeNwpuRefer,
} from '../src/datasets/index.js';
import { createRandom } from '../src/random/index.js';

/** Counts of NWPU-Refer as published. */
const imageCount = 15_003;
const targetCount = 49_745;

/** A made-up release of NWPU-Refer's size: outlines of 8 to 64 corners, sentences in two languages, no pixels. */
export function largeRelease(): Release {
  const random = createRandom('benchmark', 'datasets');
  const images = Array.from({ length: imageCount }, (_, index) => {
    const side = (): number => 1024 + random.integer(1025);
    return { id: index + 1, file: `P${String(index + 1).padStart(5, '0')}.jpg`, width: side(), height: side() };
  });
  const annotations: ReleaseAnnotation[] = [];
  const references: ReleaseReference[] = [];
  const splitOf = (imageId: number): string => (imageId % 10 < 7 ? 'train' : imageId % 10 < 8 ? 'val' : 'test');
  for (let id = 1; id <= targetCount; id++) {
    const image = images[id % imageCount];
    const category = nwpuReferCategories[random.integer(32)];
    const radius = random.uniform(10, 200);
    const x = random.uniform(radius, image.width - radius);
    const y = random.uniform(radius, image.height - radius);
    const corners = 8 + random.integer(57);
    const polygon: number[] = [];
    for (let corner = 0; corner < corners; corner++) {
      const angle = (corner / corners) * 2 * Math.PI;
      const reach = radius * random.uniform(0.7, 1);
      polygon.push(
        Math.round((x + reach * Math.cos(angle)) * 100) / 100,
        Math.round((y + reach * Math.sin(angle)) * 100) / 100,
      );
    }
    const box = [x - radius, y - radius, 2 * radius, 2 * radius].map(Math.round) as [number, number, number, number];
    annotations.push({
      id,
      imageId: image.id,
      category,
      polygons: [polygon],
      boxXywh: box,
      areaPx: Math.round(radius * radius),
    });
    const raw =
      id % 4 === 0 ? `左边第${id}个物体` : `the ${category} number ${id} beside the road on the left of the picture`;
    references.push({
      refId: id,
      imageId: image.id,
      split: splitOf(image.id),
      annotationIds: [id],
      sentences: [{ raw }],
    });
  }
  return { images, annotations, references };
}

interface Opening {
  readonly milliseconds: number;
  readonly peakMb: number;
}

/** Opens a release in a process of its own, so that time and memory are those of a user's first command. */
function openInProcess(folder: string): Opening {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, ['--import', 'tsx', script, 'open', folder], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as Opening;
}

async function openHere(folder: string): Promise<void> {
  const started = performance.now();
  const dataset = await openDataset(folder);
  const milliseconds = Math.round(performance.now() - started);
  if (dataset.samples.length !== targetCount) throw new Error(`${dataset.samples.length} samples`);
  process.stdout.write(JSON.stringify({ milliseconds, peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
}

/** Opening a release of NWPU-Refer's size: the first time, through its index, and after a file has changed. */
export async function run(args: readonly string[] = []): Promise<void> {
  const folder = args[0] ?? mkdtempSync(join(tmpdir(), 'refersat-benchmark-'));
  mkdirSync(folder, { recursive: true });
  try {
    const instances = join(folder, 'instances.json');
    if (!existsSync(instances)) await writeNwpuRefer(folder, largeRelease());
    rmSync(join(folder, '.refersat-index'), { force: true });
    const show = (what: string, { milliseconds, peakMb }: Opening, limit: string): void => {
      process.stdout.write(
        `${what.padEnd(34)} ${String(milliseconds).padStart(6)} ms ${String(peakMb).padStart(6)} MB   ${limit}\n`,
      );
    };
    process.stdout.write(
      `${imageCount} images, ${targetCount} targets, instances.json ${(statSync(instances).size / 2 ** 20).toFixed(0)} MB\n`,
    );
    show('first opening', openInProcess(folder), 'under 3 s and 600 MB');
    show('second opening (index)', openInProcess(folder), 'under 0.5 s');
    utimesSync(instances, new Date(), new Date());
    show('after a file changed', openInProcess(folder), 'as the first');
  } finally {
    if (args[0] === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'open') await openHere(process.argv[3]);
  else await run(process.argv.slice(2));
}
