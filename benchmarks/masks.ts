import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  decodeRle,
  encodeRle,
  type Rle,
  rleArea,
  rleFromPolygons,
  rleFromString,
  rleIntersection,
  rleIou,
  rleStringIntersection,
  rleStringUnion,
  rleToString,
  rleUnion,
} from '../src/masks/index.js';
import { createRandom } from '../src/random/index.js';
import { median } from './times.js';

const sidePx = 1024;
const maskCount = 500;
/** Dense masks take a megabyte each. */
const denseCount = 50;

/** Outlines with 12 to 60 corners, as annotators draw them, anywhere in the picture. */
function drawPolygons(): number[][] {
  const random = createRandom('benchmark', 'masks');
  return Array.from({ length: maskCount }, () => {
    const corners = 12 + random.integer(49);
    const radius = random.uniform(20, 300);
    const [x, y] = [random.uniform(0, sidePx), random.uniform(0, sidePx)];
    return Array.from({ length: corners }, (_, corner) => {
      const angle = (corner / corners) * 2 * Math.PI;
      const reach = radius * random.uniform(0.5, 1);
      const place = (centre: number, part: number): number =>
        Math.round(Math.min(sidePx, Math.max(0, centre + reach * part)) * 100) / 100;
      return [place(x, Math.cos(angle)), place(y, Math.sin(angle))];
    }).flat();
  });
}

interface Task {
  readonly name: string;
  readonly label: string;
  /** How often a round does it, on both sides: a clock cannot tell microseconds, and code done once is not yet compiled. */
  readonly times?: number;
  run(): unknown;
  /** A number that both sides must agree on. */
  check(result: never): number;
}

function tasks(polygons: readonly number[][], texts: readonly string[]): Task[] {
  const read = (text: string) => rleFromString(text, sidePx, sidePx);
  const own = texts.map(read);
  const some = texts.slice(0, denseCount);
  const dense = some.map((text) => decodeRle(read(text)));
  const encode = (): string[] => dense.map((mask) => rleToString(encodeRle(mask, sidePx, sidePx)));
  const areaOf = (results: readonly string[]): number => results.reduce((sum, text) => sum + rleArea(read(text)), 0);
  const sum = (masks: readonly Uint8Array[]): number =>
    masks.reduce((total, mask) => total + mask.reduce((part, value) => part + value, 0), 0);
  return [
    {
      name: 'decode',
      label: `decode ${denseCount} masks`,
      run: () => some.map((text) => decodeRle(read(text))),
      check: sum,
    },
    {
      name: 'encode',
      label: `encode ${denseCount} masks (the peer's already column-major)`,
      run: encode,
      check: areaOf,
    },
    { name: 'encode rows', label: `encode ${denseCount} masks from rows`, run: encode, check: areaOf },
    {
      name: 'polygons',
      label: `rasterise ${maskCount} polygons`,
      run: () => polygons.map((polygon) => rleToString(rleFromPolygons([polygon], sidePx, sidePx))),
      check: areaOf,
    },
    {
      name: 'iou',
      label: `IoU of ${maskCount} x ${maskCount} masks`,
      run: () => rleIou(texts.map(read), texts.map(read)),
      check: (rows: number[][]) => Math.round(rows.flat().reduce((total, value) => total + value, 0) * 1e6) / 1e6,
    },
    {
      name: 'union',
      label: `union of ${maskCount} masks, as each holds masks`,
      run: () => rleUnion(own),
      check: (rle: Rle) => rleArea(rle),
    },
    {
      name: 'union of some',
      times: 20,
      label: 'union of 20 masks, as each holds masks',
      run: () => rleUnion(own.slice(0, 20)),
      check: (rle: Rle) => rleArea(rle),
    },
    {
      name: 'intersection',
      times: 200,
      label: 'intersection of 2 masks, as each holds masks',
      run: () => rleIntersection(own.slice(0, 2)),
      check: (rle: Rle) => rleArea(rle),
    },
    {
      name: 'union',
      label: `union of ${maskCount} masks, strings in and out`,
      run: () => rleStringUnion(texts, sidePx, sidePx),
      check: (text: string) => areaOf([text]),
    },
    {
      name: 'union of some',
      times: 20,
      label: 'union of 20 masks, strings in and out',
      run: () => rleStringUnion(texts.slice(0, 20), sidePx, sidePx),
      check: (text: string) => areaOf([text]),
    },
    {
      name: 'intersection',
      times: 200,
      label: 'intersection of 2 masks, strings in and out',
      run: () => rleStringIntersection(texts.slice(0, 2), sidePx, sidePx),
      check: (text: string) => areaOf([text]),
    },
    {
      name: 'union',
      label: `union of ${maskCount} masks, strings in and out by way of masks`,
      run: () => rleToString(rleUnion(texts.map(read))),
      check: (text: string) => areaOf([text]),
    },
    {
      name: 'intersection',
      times: 200,
      label: 'intersection of 2 masks, strings in and out by way of masks',
      run: () => rleToString(rleIntersection(texts.slice(0, 2).map(read))),
      check: (text: string) => areaOf([text]),
    },
  ];
}

interface Answer {
  readonly milliseconds: number;
  readonly check: number;
}

/** The peer as a process that runs a task when told; null without `REFERSAT_PEER_PYTHON`. */
async function startPeer(
  file: string,
): Promise<{ about: string; ask(name: string, times: number): Promise<Answer>; end(): void } | null> {
  const python = process.env.REFERSAT_PEER_PYTHON;
  if (!python) return null;
  const script = join(dirname(fileURLToPath(import.meta.url)), 'peers/masks.py');
  const peer = spawn(python, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`${python} ${script} ended early`);
    return JSON.parse(value);
  };
  const { python: version, numpy } = (await next()) as { python: string; numpy: string };
  return {
    about: `pycocotools under Python ${version}, NumPy ${numpy}`,
    async ask(name, times) {
      peer.stdin.write(`${times} ${name}\n`);
      return (await next()) as Answer;
    },
    end: () => peer.stdin.end(),
  };
}

/** Milliseconds with what can be told of them. */
const shown = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 1 ? 4 : 2);

/**
 * Times masks beside pycocotools (a Python that has it: REFERSAT_PEER_PYTHON), the two taking turns, and prints a table.
 * Both begin and end with compressed runs, as files hold them; pycocotools keeps masks so, and refersat keeps counts: rows
 * that say "as each holds masks" begin and end with those, and rows "by way of masks" read strings to counts first. `--rounds N` (15), `--out FILE.md`.
 */
export async function run(args: readonly string[] = []): Promise<void> {
  const flag = (name: string): string | undefined => {
    const place = args.indexOf(name);
    return place < 0 ? undefined : args[place + 1];
  };
  const rounds = Number(flag('--rounds') ?? 15);
  const polygons = drawPolygons();
  const texts = polygons.map((polygon) => rleToString(rleFromPolygons([polygon], sidePx, sidePx)));
  const folder = mkdtempSync(join(tmpdir(), 'refersat-bench-'));
  const file = join(folder, 'masks.json');
  writeFileSync(file, JSON.stringify({ side: sidePx, decoded: denseCount, masks: texts, polygons }));
  try {
    const peer = await startPeer(file);
    const rows: string[] = [];
    for (const task of tasks(polygons, texts)) {
      const { times = 1 } = task;
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = -5; round < rounds; round++) {
        const started = performance.now();
        for (let time = 1; time < times; time++) task.run();
        const result = task.run();
        const milliseconds = (performance.now() - started) / times;
        const answer = await peer?.ask(task.name, times);
        const check = task.check(result as never);
        if (answer !== undefined && Math.abs(answer.check - check) > 1e-3) {
          throw new Error(`${task.name}: ${check} here and ${answer.check} by the peer`);
        }
        if (round < 0) continue;
        ours.push(milliseconds);
        if (answer !== undefined) theirs.push(answer.milliseconds);
      }
      const [own, other] = [median(ours), theirs.length > 0 ? median(theirs) : undefined];
      const compared = other === undefined ? '- | -' : `${shown(other)} | ${(own / other).toFixed(2)}`;
      rows.push(`| ${task.label} | ${shown(own)} | ${compared} |`);
    }
    peer?.end();
    const text = [
      `Masks of ${sidePx} x ${sidePx} px, medians of ${rounds} rounds in turn after 5 to warm up; Node ${process.version}, ` +
        `${peer?.about ?? 'no peer (set REFERSAT_PEER_PYTHON)'}; ${cpus()[0]?.model ?? 'unknown processor'}.`,
      '',
      '| task | refersat, ms | pycocotools, ms | ratio |',
      '| --- | ---: | ---: | ---: |',
      ...rows,
      '',
    ].join('\n');
    process.stdout.write(text);
    const out = flag('--out');
    if (out !== undefined) {
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(
        out,
        `# Masks beside pycocotools\n\n\`REFERSAT_PEER_PYTHON=python npm run bench -- masks\`\n\n${text}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
