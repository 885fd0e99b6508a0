import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A row of `metrics.csv`: what is missing stays empty. */
export type MetricsRow = Readonly<Record<string, number | null | undefined>>;

/** The table of a run's figures, which grows by a row a batch and one a validation. */
export interface MetricsFile {
  readonly bytes: number;
  add(row: MetricsRow): void;
  close(): void;
}

/**
 * Opens `metrics.csv`. Throws what the file system throws.
 * @param keepBytes length of an older file that belongs to the run; what a killed run wrote behind it is cut off
 */
export function openMetricsFile(path: string, columns: readonly string[], keepBytes = 0): MetricsFile {
  const file = openSync(path, 'a');
  let bytes = Math.min(keepBytes, fstatSync(file).size);
  ftruncateSync(file, bytes);
  const write = (line: string): void => {
    const data = Buffer.from(`${line}\n`);
    for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
    bytes += data.length;
  };
  let written = columns;
  if (bytes === 0) write(columns.join(','));
  // A run that an older version began keeps its columns.
  else written = readFileSync(path, 'utf8').split('\n', 1)[0].split(',');
  return {
    get bytes() {
      return bytes;
    },
    add: (row) => write(written.map((column) => shortNumber(row[column])).join(',')),
    close: () => closeSync(file),
  };
}

const shortNumber = (value: number | null | undefined): string =>
  value === null || value === undefined
    ? ''
    : Number.isInteger(value)
      ? String(value)
      : Number(value.toPrecision(6)).toString();

/** Reads the rows of `metrics.csv`. */
export function readMetrics(path: string): Record<string, number>[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  const columns = head.split(',');
  return lines
    .filter((line) => line !== '')
    .map((line) =>
      Object.fromEntries(
        line.split(',').flatMap((cell, index) => (cell === '' ? [] : [[columns[index], Number(cell)] as const])),
      ),
    );
}
