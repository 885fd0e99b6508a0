import { csvOf } from '../../files/index.js';
import type { TabularReport } from './scoreTable.js';

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
  return csvOf([head, ...rows]);
}
