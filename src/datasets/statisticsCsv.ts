import type { StatisticsTable } from './datasetStatistics.js';

/** File of a table: `mask-areas.csv`. */
export const csvName = (file: string): string =>
  `${file.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.csv`;

/** A table of CSV: cells with commas, quotes or line ends are quoted (RFC 4180). */
export function csvText({ columns, rows }: StatisticsTable): string {
  const cell = (value: string | number): string =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}
