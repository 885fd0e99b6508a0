import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreCommand } from './score.js';
import { runForTest } from './testIo.js';

const golden = JSON.parse(
  readFileSync(new URL('../../test/fixtures/evaluation/metrics.json', import.meta.url), 'utf8'),
) as {
  samples: { size: [number, number]; kind: string; category: string; predicted: string; truth: string }[];
  expected: Record<string, { all: Record<string, number> }>;
};
const truths = golden.samples.map(({ size, kind, category, truth }, id) => ({ id, kind, category, size, rle: truth }));
const predictions = golden.samples.map(({ predicted }, id) => ({ id: String(id), rle: predicted }));
const lines = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'refersat-score-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `score` on two files of these contents. */
async function run(predicted: string, truth: string, ...flags: string[]) {
  writeFileSync(join(folder, 'P.jsonl'), predicted);
  writeFileSync(join(folder, 'T.jsonl'), truth);
  const words = [
    'score',
    '--predictions',
    'P.jsonl',
    '--truth',
    'T.jsonl',
    '--protocol',
    ...(flags.length > 0 ? flags : ['gres']),
  ];
  return runForTest([scoreCommand], words, { workingFolder: folder });
}

describe('refersat score', () => {
  it.each(['rrsis', 'gres'])("prints the published evaluators' numbers for %s as JSON", async (protocol) => {
    const { code, stdout, stderr } = await run(lines(predictions.toReversed()), lines(truths), protocol, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(result)).toEqual(['protocol', 'all', 'kind', 'category']);
    let compared = 0;
    const compare = (actual: unknown, expected: unknown, path: string): void => {
      if (typeof expected === 'object' && expected !== null) {
        for (const [key, value] of Object.entries(expected)) {
          compare((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
        }
        return;
      }
      compared++;
      if (typeof expected === 'number') expect(Math.abs((actual as number) - expected), path).toBeLessThanOrEqual(1e-9);
      else expect(actual, path).toBe(expected);
    };
    compare(result, golden.expected[protocol], protocol);
    expect(compared).toBeGreaterThan(20);
  });

  it('prints other formats', async () => {
    const flags = ['gres', '--format'];
    expect((await run(lines(predictions), lines(truths), ...flags, 'latex')).stdout).toContain('\\toprule');
    const csv = (await run(lines(predictions), lines(truths), ...flags, 'csv')).stdout.split('\n');
    expect(csv[1]).toMatch(/^gres,,all,all,160,59\.9\d+,49\.2\d+,/);
    expect(await run(lines(predictions), lines(truths), ...flags, 'xml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--format: expected table, json, csv, markdown, latex'),
    });
  });

  it('prints a table', async () => {
    const { code, stdout } = await run(
      `\uFEFF${lines(predictions)}\n\n`,
      lines(truths).replaceAll('\n', '\r\n'),
      'gres',
    );
    expect(code).toBe(0);
    const rows = stdout.split('\n').map((row) => row.split(/ {2,}/));
    expect(rows[0].slice(0, 4)).toEqual(['gres', 'samples', 'gIoU', 'cIoU']);
    expect(rows[1].slice(0, 4)).toEqual(['all', '160', '59.91', '49.22']);
    expect(rows[4].slice(0, 6)).toEqual(['none', '31', '93.55', '0.00', '93.55', '-']);
    expect(rows.map(([name]) => name)).toContain('category ship');
  });

  it('leaves predictions out that no truth asks for, and says so', async () => {
    const { code, stderr } = await run(lines(predictions), lines(truths.slice(1)), 'gres');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'refersat: 1 predictions have no truth and were left out\n' });
  });

  const [truth] = truths;
  const [prediction] = predictions;
  const faults: [what: string, predicted: string, truth: string, message: RegExp][] = [
    ['a prediction missing', '', lines([truth]), /P\.jsonl: no prediction for id "0" \(.*T\.jsonl, line 1\)/],
    ['a prediction twice', lines([prediction, prediction]), lines([truth]), /P\.jsonl: line 2: id "0" .*on line 1/],
    ['a truth twice', lines([prediction]), lines([truth, truth]), /T\.jsonl: line 2: id "0" .*on line 1/],
    ['another size', lines([{ id: 0, rle: 'PP3' }]), lines([truth]), /P\.jsonl: line 1: id "0": .*96 x 72/],
    ['broken runs', lines([{ id: 0, rle: '~' }]), lines([truth]), /P\.jsonl: line 1: id "0": .*character 0/],
    [
      'broken runs of the truth',
      lines([prediction]),
      lines([{ ...truth, rle: 'o' }]),
      /T\.jsonl: line 1: id "0": .*ends inside/,
    ],
    [
      'runs that are no text',
      lines([{ id: 0, rle: { counts: 'x' } }]),
      lines([truth]),
      /P\.jsonl: line 1: rle: expected a compressed/,
    ],
    ['an unknown kind', lines([prediction]), lines([{ ...truth, kind: 'many' }]), /T\.jsonl: line 1: kind: .*single/],
    [
      'a size of one number',
      lines([prediction]),
      lines([{ ...truth, size: 96 }]),
      /T\.jsonl: line 1: size: expected \[height, width\]/,
    ],
    [
      'an id that is none',
      lines([{ ...prediction, id: 1.5 }]),
      lines([truth]),
      /line 1: id: expected a text or a whole number/,
    ],
    ['a line that is no JSON', lines([prediction]), `${lines([truth])}{"id": 1,\n`, /T\.jsonl: line 2: not JSON/],
    ['a list', lines([[1, 2]]), lines([truth]), /P\.jsonl: line 1: /],
    ['no truth at all', lines([prediction]), '\n', /T\.jsonl: holds no truth/],
  ];
  for (const [what, predicted, truthText, message] of faults) {
    it(`names file and line of ${what}`, async () => {
      const { code, stdout, stderr } = await run(predicted, truthText);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
    });
  }

  it('names a file that is not there, and a protocol that is none', async () => {
    const words = ['score', '--predictions', 'none.jsonl', '--truth', 'T.jsonl', '--protocol', 'gres'];
    const missing = await runForTest([scoreCommand], words, { workingFolder: folder });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/none\.jsonl: cannot be read \(ENOENT/) });
    expect(await run('', '', 'coco')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--protocol: expected rrsis or gres'),
    });
    expect(await runForTest([scoreCommand], ['score', '--protocol', 'gres'])).toMatchObject({ code: 2 });
  });
});
