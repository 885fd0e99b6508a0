import type { TabularReport } from './scoreTable.js';

/** A cell of CSV: quoted where it holds a comma, a quote or a line end (RFC 4180). */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Scores as CSV in full precision, a row for each group of samples; empty where nothing can be averaged. */
export function csvReport({ tables }: TabularReport): string {
  const head = ['protocol', 'table', 'group', 'name', 'samples', ...(tables[0]?.columns ?? [])];
  const rows = tables.flatMap(({ protocol, title, columns, rows: groups }) =>
    groups.map(({ group, name, scores }) => [
      protocol,
      title,
      group,
      name,
      scores.samples,
      ...columns.map((column) => scores[column]),
    ]),
  );
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
