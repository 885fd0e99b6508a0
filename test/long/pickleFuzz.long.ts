import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PickleError, readPickle, writePickle } from '../../src/pickles/index.js';
import { createRandom } from '../../src/random/index.js';

const files = Number(process.env.REFERSAT_FUZZ_FILES ?? 1_000_000);
const folder = new URL('../fixtures/pickles/', import.meta.url);

/** Honest and hostile pickles of every protocol to begin with. */
function seeds(): Uint8Array[] {
  const { values, python2 } = JSON.parse(readFileSync(new URL('values.json', folder), 'utf8')) as {
    values: Record<string, { protocols: string[] }>;
    python2: Record<string, { pickle: string }>;
  };
  const texts = [
    ...Object.values(values).flatMap(({ protocols }) => protocols),
    ...Object.values(python2).map(({ pickle }) => pickle),
  ];
  const hostile = readdirSync(folder).filter((name) => name.endsWith('.p'));
  return [
    ...texts.map((text) => new Uint8Array(Buffer.from(text, 'base64'))),
    ...hostile.map((name) => new Uint8Array(readFileSync(new URL(name, folder)))),
    writePickle([{ ref_id: 1, split: 'train', sentences: [{ raw: 'the red car', sent_id: 2 }] }]),
  ].filter(({ length }) => length > 0);
}

/** Instructions that take lengths, numbers, names or the memo: the places where a reader goes wrong. */
const nasty = [...Buffer.from('(.0129FIJKLMNPQRSTUVXabcdeghijlopqrstu}])]')].concat(
  Array.from({ length: 25 }, (_, place) => 0x80 + place),
  [0x42, 0x43, 0x47, 0x00, 0xff, 0x7f],
);

it(`reads or refuses ${files} mutated pickles, within time and memory`, { timeout: 3_600_000 }, () => {
  const random = createRandom(20_260_101, 'pickle fuzz');
  const all = seeds();
  let read = 0;
  let refused = 0;
  let slowestMilliseconds = 0;
  let mostMegabytes = 0;
  for (let file = 0; file < files; file++) {
    const seed = all[random.integer(all.length)];
    const other = all[random.integer(all.length)];
    let bytes = seed.slice();
    for (let change = 1 + random.integer(6); change > 0; change--) {
      const at = random.integer(bytes.length);
      switch (random.integer(6)) {
        case 0:
          bytes[at] = random.integer(256);
          break;
        case 1:
          bytes[at] = nasty[random.integer(nasty.length)];
          break;
        case 2:
          bytes = bytes.slice(0, at + 1);
          break;
        case 3: {
          const from = random.integer(other.length);
          bytes.set(other.subarray(from, from + Math.min(bytes.length - at, 1 + random.integer(40))), at);
          break;
        }
        case 4: {
          const more = new Uint8Array(bytes.length + 1 + random.integer(4));
          more.set(bytes.subarray(0, at));
          more.fill(nasty[random.integer(nasty.length)], at, at + more.length - bytes.length);
          more.set(bytes.subarray(at), at + more.length - bytes.length);
          bytes = more;
          break;
        }
        default:
          bytes[at] ^= 1 << random.integer(8);
      }
    }
    const started = performance.now();
    try {
      readPickle(bytes);
      read++;
    } catch (error) {
      if (!(error instanceof PickleError)) {
        throw new Error(`file ${file} (${Buffer.from(bytes).toString('base64')}) crashed the reader`, { cause: error });
      }
      refused++;
    }
    const milliseconds = performance.now() - started;
    if (milliseconds > slowestMilliseconds) slowestMilliseconds = milliseconds;
    if (file % 1000 === 0) mostMegabytes = Math.max(mostMegabytes, process.memoryUsage().rss / 1e6);
  }
  console.log({ read, refused, slowestMilliseconds, mostMegabytes });
  expect(read + refused).toBe(files);
  expect(refused).toBeGreaterThan(files / 10);
  expect(slowestMilliseconds, 'the slowest file').toBeLessThan(5000);
  expect(mostMegabytes, 'the most memory').toBeLessThan(512);
});
